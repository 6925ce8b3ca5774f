//go:build unix

package main

import "golang.org/x/sys/unix"

// private keeps what the process holds and writes to its user: names of
// leavers, and the token.
func private() {
	// Whatever the umask was, files are 0600 and folders 0700.
	unix.Umask(0o077)
	// No core: it would hold the token. A limit can always be lowered.
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	undumpable()
}
