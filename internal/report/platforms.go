package report

import (
	"slices"

	"github.com/offboard-cli/offboard/internal/journal"
)

// maxPlatforms is how many platforms a page tells apart. Tenants have a handful.
const maxPlatforms = 24

const otherPlatforms = "other platforms"

// platforms counts people by what each platform has said of them last.
type platforms struct {
	names  []string
	counts []map[journal.Outcome]int
	known  bool // only names that the vendor's documents know are told
}

var vendors = []string{"content", "management", "play", "social", "talent", "training"}

// publicName is a platform's name if the vendor's documents have it; another
// one is the tenant's own text.
func publicName(name string) string {
	if slices.Contains(vendors, name) {
		return name
	}
	return otherPlatforms
}

// add counts an answer and returns the platform's place.
func (p *platforms) add(said journal.Platform) int {
	name := visible(said.Name)
	if p.known {
		name = publicName(name)
	}
	i := slices.Index(p.names, name)
	if i < 0 && len(p.names) >= maxPlatforms-1 {
		name = otherPlatforms
		i = slices.Index(p.names, name)
	}
	if i < 0 {
		i = len(p.names)
		p.names = append(p.names, name)
		p.counts = append(p.counts, make(map[journal.Outcome]int))
	}
	p.counts[i][said.Outcome]++
	return i
}
