package results

import "iter"

// batch is as many rows as make the hand-over between goroutines cheap.
const batch = 256

// ahead has the rows decoded in a goroutine of its own while their consumer
// writes: each is about half of the work.
func ahead(rows iter.Seq2[row, error]) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		batches := make(chan []row)
		quit := make(chan struct{})
		var failed error // after the last row; batches is closed then
		go func() {
			defer close(batches)
			failed = fill(rows, func(b []row) bool {
				select {
				case batches <- b:
					return true
				case <-quit:
					return false
				}
			})
		}()
		for b := range batches {
			for _, r := range b {
				if !yield(r, nil) {
					close(quit)
					for range batches { // until the goroutine has ended
					}
					return
				}
			}
		}
		if failed != nil {
			yield(row{}, failed)
		}
	}
}

// fill hands the rows over in batches until there are no more, or nobody takes
// them.
func fill(rows iter.Seq2[row, error], send func([]row) bool) error {
	var b []row
	for r, err := range rows {
		if err != nil {
			send(b)
			return err
		}
		if b = append(b, r); len(b) == batch {
			if !send(b) {
				return nil
			}
			b = make([]row, 0, batch)
		}
	}
	send(b)
	return nil
}
