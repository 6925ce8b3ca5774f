package main

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"

	"github.com/offboard-cli/offboard/internal/cli"
)

// pages are the manual pages, one for each command.
func (s *source) pages() (files []file, err error) {
	root := cli.Command(s.version)
	root.DisableAutoGenTag = true
	root.InitDefaultHelpCmd()
	markDown(root)
	return s.page(root)
}

// page is that of a command, and of those below it.
func (s *source) page(cmd *cobra.Command) ([]file, error) {
	name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
	header := doc.GenManHeader{
		Title: strings.ToUpper(name), Section: "1", Date: &s.time,
		Source: "offboard " + strings.TrimPrefix(s.version, "v"), Manual: "offboard manual",
	}
	var b bytes.Buffer
	if err := doc.GenMan(cmd, &header, &b); err != nil {
		return nil, err
	}
	files := []file{{"man/" + name + ".1", 0o644, layOut(b.Bytes())}}
	for _, c := range cmd.Commands() {
		if !c.IsAvailableCommand() {
			continue
		}
		more, err := s.page(c)
		if err != nil {
			return nil, err
		}
		files = append(files, more...)
	}
	return files, nil
}

// layOut gives the flags of a page the layout that pages have: the text of each
// below it, set in, and no default that says nothing.
func layOut(page []byte) []byte {
	page = flagParagraph.ReplaceAll(page, []byte(".TP\n$1\n"))
	return emptyDefault.ReplaceAll(page, []byte("$1"))
}

var (
	flagParagraph = regexp.MustCompile(`(?m)^(?:\.PP\n)?(\\fB-.*)\n\t`)
	emptyDefault  = regexp.MustCompile(`(?m)^(\\fB-.*\\fP)(?:=|=""|=\[\]|\[=false\])$`)
)

// markDown writes the texts of a command, and of those below it, as the
// Markdown that package doc takes them for.
func markDown(cmd *cobra.Command) {
	cmd.Short = escape(cmd.Short)
	cmd.Long = markUp(cmd.Long)
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		f.Usage = escape(f.Usage)
	})
	for _, c := range cmd.Commands() {
		markDown(c)
	}
}

// markUp has the indented lines of a text stand as they are.
func markUp(text string) string {
	var b strings.Builder
	inside := false
	for line := range strings.Lines(text + "\n") {
		indented := strings.HasPrefix(line, "  ") || strings.HasPrefix(line, "\t")
		if indented != inside {
			b.WriteString(fence)
		}
		if inside = indented; !inside {
			line = escape(line)
		}
		b.WriteString(line)
	}
	if inside {
		b.WriteString(fence)
	}
	return b.String()
}

const fence = "\n```\n"

// escape takes from a text what Markdown makes of it.
func escape(s string) string { return special.ReplaceAllString(s, `\$0`) }

var special = regexp.MustCompile("[\\\\`*_{}\\[\\]()#+.!|<>~-]")
