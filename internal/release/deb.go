package main

import (
	"context"
	_ "embed"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// nfpmConfig is what nfpm makes of the tree that is laid out for it.
//
//go:embed nfpm.yaml
var nfpmConfig []byte

//go:embed copyright
var copyright []byte

// writeDeb makes the package for Debian and its descendants.
func (s *source) writeDeb(ctx context.Context, out, temp, arch string, program []byte, shared []file) error {
	files, err := s.installed(program, shared)
	if err != nil {
		return err
	}
	root := filepath.Join(temp, "root")
	for _, f := range files {
		if err := s.lay(filepath.Join(root, filepath.FromSlash(f.name)), f); err != nil {
			return err
		}
	}
	if err := s.age(root); err != nil {
		return err
	}
	config := filepath.Join(temp, "nfpm.yaml")
	if err := os.WriteFile(config, nfpmConfig, 0o600); err != nil {
		return err
	}
	deb, err := filepath.Abs(filepath.Join(out, fmt.Sprintf("offboard_%s_%s.deb", s.debianVersion(), arch)))
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "tool", "-modfile=tools/nfpm.mod", "nfpm", "package", "--config", config, "--packager", "deb", "--target", deb)
	cmd.Env = append(os.Environ(),
		"GOFLAGS=", "SOURCE_DATE_EPOCH="+strconv.FormatInt(s.time.Unix(), 10),
		"DEB_ROOT="+root, "DEB_ARCH="+arch, "DEB_VERSION="+s.debianVersion(), "DEB_MAINTAINER="+s.author)
	_, err = run(cmd)
	return err
}

// debianVersion sorts a version without a tag before the first with one.
func (s *source) debianVersion() string {
	return strings.ReplaceAll(strings.Replace(strings.TrimPrefix(s.version, "v"), "-", "~", 1), "-", ".")
}

// installed are the files where Debian has them.
func (s *source) installed(program []byte, shared []file) ([]file, error) {
	const share, doc = "usr/share/", "usr/share/doc/offboard/"
	places := map[string]string{
		"completions/offboard.bash": share + "bash-completion/completions/offboard",
		"completions/_offboard":     share + "zsh/vendor-completions/_offboard",
		"completions/offboard.fish": share + "fish/vendor_completions.d/offboard.fish",
	}
	files := []file{{"usr/bin/offboard", 0o755, program}}
	for _, f := range shared {
		name, known := places[f.name]
		page, manual := strings.CutPrefix(f.name, "man/")
		switch {
		case f.name == "completions/offboard.ps1":
			continue
		case manual:
			name = share + "man/man1/" + page + ".gz"
			data, err := compress(f.data)
			if err != nil {
				return nil, err
			}
			f.data = data
		case !known:
			name = doc + f.name
		}
		files = append(files, file{name, f.mode, f.data})
	}
	log, err := compress(fmt.Appendf(nil, "offboard (%s) unstable; urgency=medium\n\n  * Commit %s.\n\n -- %s  %s\n",
		s.debianVersion(), s.commit, s.author, s.time.Format(time.RFC1123Z)))
	return append(files,
		file{doc + "changelog.gz", 0o644, log},
		file{doc + "copyright", 0o644, copyright},
		file{"usr/share/lintian/overrides/offboard", 0o644, []byte("offboard: statically-linked-binary [usr/bin/offboard]\n")},
	), err
}

// lay writes a file with its folders.
func (s *source) lay(path string, f file) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, f.data, f.mode); err != nil {
		return err
	}
	return os.Chmod(path, f.mode) // whatever the umask
}

// age gives everything in a folder the time of the commit, and folders the
// mode that they are installed with.
func (s *source) age(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			err = os.Chmod(path, 0o755)
		}
		if err != nil {
			return err
		}
		return os.Chtimes(path, s.time, s.time)
	})
}
