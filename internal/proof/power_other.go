//go:build !linux

package main

import "errors"

func (e *experiment) cutPower(*process, string) error { return errors.ErrUnsupported }
