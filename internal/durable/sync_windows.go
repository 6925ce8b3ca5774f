package durable

// SyncFolder has nothing to do: Windows cannot sync a folder, and NTFS keeps
// a journal of its names.
func SyncFolder(string) error { return nil }
