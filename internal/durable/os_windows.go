package durable

// NoFollow is 0: Windows has no such flag, and by default no links that an
// ordinary user may make.
const NoFollow = 0

// SyncFolder has nothing to do: Windows cannot sync a folder, and NTFS keeps
// a journal of its names.
func SyncFolder(string) error { return nil }
