// Package licences holds the licence texts of everything that is linked into
// the program, for its distributors have to hand them on.
package licences

import _ "embed"

// Text is each licence below the modules, with their versions, that it is of.
// After a change of modules: go test ./internal/licences -update
//
//go:embed licences.txt
var Text string
