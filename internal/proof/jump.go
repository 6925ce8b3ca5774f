package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const jumpEvery = 500 * time.Millisecond

// jump goes into package time of the jumping program. It is constant, so that
// the build cache knows it.
const jump = `
func jump(since int64) int64 {
	return [...]int64{0, 3600, 0, -3600}[since/%d%%4]
}
`

// jumping builds the program with a time.Now whose wall clock jumps. All of the
// program, its libraries and the standard library read the clock there. The
// monotonic clock goes on as ever, as it does on a real machine.
func (l *lab) jumping() (string, error) {
	root, err := l.goTool("env", "GOROOT")
	if err != nil {
		return "", err
	}
	original := filepath.Join(root, "src", "time", "time.go")
	source, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	const reads = "	sec, nsec, mono := runtimeNow()\n"
	before, after, found := strings.Cut(string(source), "func Now() Time {\n"+reads)
	if !found {
		return "", fmt.Errorf("%s: time.Now is not as this proof knows it", original)
	}
	altered := before + "func Now() Time {\n" + reads + "	sec += jump(mono - startNano)\n" + after + fmt.Sprintf(jump, jumpEvery)
	file, overlay := filepath.Join(l.dir, "time.go"), filepath.Join(l.dir, "overlay.json")
	if err := os.WriteFile(file, []byte(altered), 0o600); err != nil {
		return "", err
	}
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{original: file}})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(overlay, replace, 0o600); err != nil {
		return "", err
	}
	return l.build("jumping", "-overlay="+overlay, "github.com/offboard-cli/offboard/cmd/offboard")
}
