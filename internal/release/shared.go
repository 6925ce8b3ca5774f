package main

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/offboard-cli/offboard/internal/cli"
	"github.com/offboard-cli/offboard/internal/licences"
)

// shared are the files that go into every archive.
func (s *source) shared() ([]file, error) {
	files := []file{{"LICENCES.txt", 0o644, []byte(licences.Text)}}
	for _, add := range []func() ([]file, error){documents, s.pages, s.completions} {
		more, err := add()
		if err != nil {
			return nil, err
		}
		files = append(files, more...)
	}
	return files, nil
}

// documents are the README and the examples, as they are committed.
func documents() (files []file, err error) {
	for _, root := range []string{"README.md", "examples"} {
		err = fs.WalkDir(os.DirFS("."), root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			mode := fs.FileMode(0o644)
			if strings.HasSuffix(path, ".sh") {
				mode = 0o755
			}
			files = append(files, file{path, mode, data})
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// completions are what 'offboard completion' prints.
func (s *source) completions() (files []file, err error) {
	root := cli.Command(s.version)
	for _, shell := range []struct {
		name     string
		generate func(io.Writer) error
	}{
		{"offboard.bash", func(w io.Writer) error { return root.GenBashCompletionV2(w, true) }},
		{"_offboard", root.GenZshCompletion},
		{"offboard.fish", func(w io.Writer) error { return root.GenFishCompletion(w, true) }},
		{"offboard.ps1", root.GenPowerShellCompletionWithDesc},
	} {
		var b bytes.Buffer
		if err := shell.generate(&b); err != nil {
			return nil, err
		}
		files = append(files, file{"completions/" + shell.name, 0o644, b.Bytes()})
	}
	return files, nil
}
