// Package browser holds the tests of the report in a real browser. It is a
// module of its own, since what drives the browser is no part of the program.
package browser
