package main

import (
	"os"
	"os/exec"
	"path/filepath"
)

// imageDisk is a disk made of an image.
func imageDisk(l *lab, ail func(*image) *ailing) (*ailing, string, error) {
	for _, need := range []string{"mkfs.ext4", "e2fsck", "chattr"} {
		if _, err := exec.LookPath(need); err != nil {
			return nil, "needs " + need, nil
		}
	}
	i, err := l.image()
	if err != nil {
		return nil, unmounted(err), nil
	}
	d := ail(i)
	d.path = filepath.Join(i.path, "run")
	d.close = i.close
	return d, "", nil
}

// powerCut is a disk that is gone from one instant to the next, and with it
// all that was not synced, and the process or not.
func powerCut(l *lab) (*ailing, string, error) {
	return imageDisk(l, func(i *image) *ailing {
		return &ailing{
			hint:   "see to the disk",
			during: func(e *experiment, p *process) error { return e.cutPower(p, i.path) },
			heal:   i.reboot,
		}
	})
}

// readOnly is a file system that has found an error in itself.
func readOnly(l *lab) (*ailing, string, error) {
	return imageDisk(l, func(i *image) *ailing {
		return &ailing{
			hint: "see to the disk",
			before: func(e *experiment) error {
				if e.cycles > 0 && e.rng.IntN(4) > 0 {
					return nil
				}
				_, err := i.system("mount", "-o", "remount,ro", i.path)
				return err
			},
			during: func(*experiment, *process) error {
				device, err := i.device()
				if err != nil {
					return err
				}
				return os.WriteFile(filepath.Join("/sys/fs/ext4", device, "trigger_fs_error"), []byte("1"), 0)
			},
			heal: i.reboot,
		}
	})
}

// immutable is a run's folder whose names stay, or whose journal does.
func immutable(l *lab) (*ailing, string, error) { return attribute(l, "i", "", "journal.jsonl") }

// failingRename is a folder in which files can be made, but not renamed.
func failingRename(l *lab) (*ailing, string, error) { return attribute(l, "a", "") }

func attribute(l *lab, flag string, files ...string) (*ailing, string, error) {
	return imageDisk(l, func(i *image) *ailing {
		var set string
		return &ailing{
			hint: "see to the folder of the run",
			during: func(e *experiment, _ *process) error {
				if !e.begun() {
					return nil
				}
				set = filepath.Join(e.run, files[e.rng.IntN(len(files))])
				_, err := i.system("chattr", "+"+flag, set)
				return err
			},
			heal: func() error {
				if set == "" {
					return nil
				}
				_, err := i.system("chattr", "-"+flag, set)
				set = ""
				return err
			},
		}
	})
}
