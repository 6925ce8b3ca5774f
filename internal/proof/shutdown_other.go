//go:build !linux

package main

import "errors"

func shutdown(string) error { return errors.ErrUnsupported }
