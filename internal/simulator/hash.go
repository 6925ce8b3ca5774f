package simulator

import "math/bits"

// mix scatters n (splitmix64).
func mix(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

// hash is the same for the same seed and text in every process, unlike
// hash/maphash.
func hash(seed uint64, s string) uint64 {
	h := mix(seed)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return mix(h)
}

// below turns a hash into a number from 0 to n-1.
func below(h, n uint64) uint64 {
	hi, _ := bits.Mul64(h, n)
	return hi
}

// fraction turns a hash into a number from 0 up to, but not including, 1.
func fraction(h uint64) float64 { return float64(h>>11) / (1 << 53) }
