package netex

import (
	"fmt"
	"testing"
)

func BenchmarkJudge(b *testing.B) {
	body := fmt.Appendf(nil, documented, 202, 202)
	b.ReportAllocs()
	for b.Loop() {
		if a := judge(200, body); a.Outcome != Pending {
			b.Fatal(a)
		}
	}
}
