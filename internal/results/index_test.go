package results

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/offboard-cli/offboard/internal/journal"
)

// TestIndex: the lines of each row come back by time, however far they stand
// apart in the journal.
func TestIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(1, 3*near).Draw(t, "rows")
		x := newIndexOf(&journal.State{Checked: journal.Checked{Rows: rows}})
		want := make(map[int][]int64)
		offset := int64(100) // behind the header
		for range rapid.IntRange(0, 100).Draw(t, "lines") {
			offset += rapid.OneOf(rapid.Int64Range(1, 1000), rapid.Int64Range(1, 1<<33)).Draw(t, "size")
			row := rapid.IntRange(1, rows).Draw(t, "row")
			x.add(row, offset)
			want[row] = append(want[row], offset)
			if got := x.latest(row); got != offset {
				t.Fatalf("the last line of row %d: got %d, want %d", row, got, offset)
			}
		}
		x.sort()
		more := x.more
		for row := range rows {
			var got []int64
			if got, more = x.offsets(nil, row+1, more); !slices.Equal(got, want[row+1]) {
				t.Fatalf("row %d: got %d, want %d, of %v", row+1, got, want[row+1], slices.Sorted(maps.Keys(want)))
			}
		}
	})
}
