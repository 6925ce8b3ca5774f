package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
)

// connections are those of every sender whose speed is measured, each with a
// worker of its own.
const connections = "64"

// The lists of who is to be sent, for the program and for others. Nobody is in
// them who is not at the tenant.

func longRoster(path string, users int) error {
	return writeLines(path, "username,name,department\n", users, func(n int) string {
		return fmt.Sprintf("user%06d,Person %d,d%d\n", n, n, n%9)
	})
}

// urls has a line of that format for each user's URL.
func urls(path, format, tenant string, users int) error {
	return writeLines(path, "", users, func(n int) string {
		return fmt.Sprintf(format, fmt.Sprintf("%s/integration/ws/management/rest/users/user%06d/deactivate", tenant, n))
	})
}

// writeLines has a line for each user, from 1, below the header.
func writeLines(path, header string, users int, line func(n int) string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(f)
	b.WriteString(header)
	for n := range users {
		b.WriteString(line(n + 1))
	}
	return errors.Join(b.Flush(), f.Close())
}
