package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"os"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// writeBill writes the bill of materials of a binary in CycloneDX JSON, from
// what the linker has recorded in it: what it really holds, on this system.
func (s *source) writeBill(path, binary string, program []byte) error {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return err
	}
	main := cdx.Component{
		Type:       cdx.ComponentTypeApplication,
		BOMRef:     packageURL(info.Main.Path, s.version),
		PackageURL: packageURL(info.Main.Path, s.version),
		Name:       info.Main.Path,
		Version:    s.version,
		Hashes:     &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hexSum(program)}},
	}
	parts := []cdx.Component{part("std", info.GoVersion, "")}
	for _, m := range info.Deps {
		parts = append(parts, part(m.Path, m.Version, m.Sum))
	}
	var refs []string
	for _, p := range parts {
		refs = append(refs, p.BOMRef)
	}
	settings := []cdx.Property{}
	for _, v := range info.Settings {
		settings = append(settings, cdx.Property{Name: "go:build:" + v.Key, Value: v.Value})
	}
	main.Properties = &settings

	b := cdx.NewBOM()
	b.Metadata = &cdx.Metadata{Timestamp: s.time.Format(time.RFC3339), Component: &main}
	b.Components = &parts
	b.Dependencies = &[]cdx.Dependency{{Ref: main.BOMRef, Dependencies: &refs}}
	var out bytes.Buffer
	if err := cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(b, cdx.SpecVersion1_6); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}

// part is a module that is linked in. Its digest is that of go.sum, over the
// module's files, in hex.
func part(path, version, sum string) cdx.Component {
	c := cdx.Component{
		Type:       cdx.ComponentTypeLibrary,
		BOMRef:     packageURL(path, version),
		PackageURL: packageURL(path, version),
		Name:       path,
		Version:    version,
	}
	if b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(sum, "h1:")); err == nil && len(b) == sha256.Size {
		c.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(b)}}
	}
	return c
}

func packageURL(path, version string) string {
	return "pkg:golang/" + path + "@" + strings.ReplaceAll(version, "+", "%2B")
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
