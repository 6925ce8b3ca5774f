// Package evidence packs the record of a run for an auditor: the files, their
// digests, and how to check all of it with standard tools.
package evidence

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/offboard-cli/offboard/internal/durable"
)

// Manifest is the file of digests, in the format of sha256sum.
const Manifest = "SHA256SUMS"

// bundle is a zip file that lists what is put into it. The same files make the
// same bytes.
type bundle struct {
	zip  *zip.Writer
	at   time.Time // of every file
	sums bytes.Buffer
}

func newBundle(w io.Writer, at time.Time) *bundle {
	return &bundle{zip: zip.NewWriter(w), at: at.UTC().Truncate(2 * time.Second)}
}

// add puts what write produces into the bundle.
func (b *bundle) add(name string, mode fs.FileMode, write func(io.Writer) error) error {
	header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: b.at}
	header.SetMode(mode)
	w, err := b.zip.CreateHeader(header)
	if err != nil {
		return err
	}
	sum := sha256.New()
	if err := write(io.MultiWriter(w, sum)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(&b.sums, "%s  %s\n", hex.EncodeToString(sum.Sum(nil)), name)
	return err
}

// addFile puts a file of the run's folder into the bundle.
func (b *bundle) addFile(name, path string) error {
	return b.add(name, durable.Mode, func(w io.Writer) error {
		f, err := durable.Open(path, os.O_RDONLY)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(w, f)
		return err
	})
}

func (b *bundle) addText(name string, mode fs.FileMode, text []byte) error {
	return b.add(name, mode, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// close adds the digests of all that was put in, and ends the file.
func (b *bundle) close() error {
	sums := bytes.Clone(b.sums.Bytes())
	if err := b.addText(Manifest, durable.Mode, sums); err != nil {
		return err
	}
	return b.zip.Close()
}
