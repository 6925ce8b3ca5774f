package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/offboard-cli/offboard/internal/durable"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/plan"
	"github.com/offboard-cli/offboard/internal/rundir"
	"github.com/offboard-cli/offboard/internal/signature"
)

// approvalNamespace keeps a signature under a plan from being one under
// anything else.
const approvalNamespace = "offboard-plan"

func (a *app) approveCommand() *cobra.Command {
	var key string
	var show bool
	cmd := &cobra.Command{
		Use:   "approve RUN",
		Short: "Sign a plan with an SSH key, as the second person",
		Long: `Sign a plan with an SSH key. What is signed goes to approval.txt in the plan's
folder, and the signature to approval.txt.sig, where 'offboard apply
--require-approval' looks for it; a plan that is changed afterwards is not
approved. No token is needed, and nothing is asked of the tenant.

OpenSSH checks the same signature, and makes it:
  ssh-keygen -Y verify -f SIGNERS -I WHO -n offboard-plan -s RUN/approval.txt.sig <RUN/approval.txt
  offboard approve RUN --statement >RUN/approval.txt
  ssh-keygen -Y sign -f KEY -n offboard-plan RUN/approval.txt`,
		Example: `  offboard approve runs/20261124T090000Z-leavers --key ~/.ssh/id_ed25519`,
		Args:    oneArg("the folder of a plan", "offboard approve runs/20261124T090000Z-leavers --key ~/.ssh/id_ed25519"),
		RunE: func(_ *cobra.Command, args []string) error {
			if (key == "") != show {
				return usage("for example: "+command("approve", args[0])+" --key ~/.ssh/id_ed25519",
					"approve needs either the key to sign with, or --statement")
			}
			return a.approve(args[0], key)
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "SSH key to sign with, or the public part of one that an ssh-agent holds")
	cmd.Flags().BoolVar(&show, "statement", false, "print what is signed, and sign nothing")
	return cmd
}

// approve signs a plan; without a key it prints what would be signed.
func (a *app) approve(path, key string) error {
	dir, err := openRun(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	j, err := journal.Open(dir.File(rundir.Journal))
	if err != nil {
		return journalError(path, err)
	}
	defer j.Close()
	run := &opened{dir: dir, journal: j}
	if err := run.intact(); err != nil {
		return err
	}
	if key == "" {
		a.Stdout.Write(statement(j.State()))
		return nil
	}
	signer, err := a.sign(run, key)
	if err != nil {
		return err
	}
	var p page
	p.line("run", dir.Path())
	p.line("tenant", j.State().Header.Tenant)
	p.plan(j.State())
	p.line("approved", "by the key "+signer)
	p.line("next", command("apply", path)+" --require-approval --allowed-signers FILE   by somebody else")
	p.WriteTo(a.Stdout)
	return nil
}

// statement is what whoever approves a plan signs.
func statement(s *journal.State) []byte {
	return fmt.Appendf(nil, "offboard plan\nrun: %s\ntenant: %s\nplan.csv SHA-256: %s\nto deactivate: %d\n",
		harmless(s.Header.Run), harmless(s.Header.Tenant), s.Plan.SHA256, s.Plan.Verdicts[string(plan.Deactivate)])
}

// sign puts the approval beside the plan, and tells the fingerprint of the key.
func (a *app) sign(run *opened, path string) (string, error) {
	const hint = "name a private SSH key, or the .pub file of one that an ssh-agent holds; nothing was signed"
	key, err := signature.OpenKey(path, a.getenv("SSH_AUTH_SOCK"), a.passphrase(path))
	if err != nil {
		return "", usage(hint, "--key: %v", err)
	}
	defer key.Close()
	text := statement(run.journal.State())
	sig, err := key.Sign(text, approvalNamespace)
	if err != nil {
		return "", usage(hint, "--key: %v", err)
	}
	for _, f := range []struct {
		name    string
		content []byte
	}{{rundir.Approval, text}, {rundir.ApprovalSignature, sig}} {
		err := durable.Replace(run.dir.File(f.name), func(w io.Writer) error {
			_, err := w.Write(f.content)
			return err
		})
		if err != nil {
			return "", diskError("write the approval", err)
		}
	}
	return key.Fingerprint(), nil
}

// passphrase asks for that of an encrypted key; nil where nobody can be asked.
func (a *app) passphrase(key string) func() ([]byte, error) {
	in, ok := a.Stdin.(*os.File)
	if !ok || !isTerminal(a.Stdin) || !isTerminal(a.Stderr) {
		return nil
	}
	return func() ([]byte, error) {
		fmt.Fprintf(a.Stderr, "Passphrase of %s: ", harmless(key))
		defer fmt.Fprintln(a.Stderr)
		return term.ReadPassword(int(in.Fd()))
	}
}

// approvalFlags say whether a second person must have approved a plan.
type approvalFlags struct {
	require   bool
	signers   string
	applicant string
}

func (f *approvalFlags) register(flags *pflag.FlagSet) {
	flags.BoolVar(&f.require, "require-approval", false, "apply only what a second person has approved ('offboard approve')")
	flags.StringVar(&f.signers, "allowed-signers", "", "file of those who may approve, as of ssh-keygen -Y verify")
	flags.StringVar(&f.applicant, "applicant", "", "who applies, and so cannot be the one who has approved (default the user of this process)")
}

// check makes sure that somebody else has approved the plan as it is. Without
// the need for that it returns nil.
func (f *approvalFlags) check(run *opened) (*journal.Approval, error) {
	switch {
	case !f.require && (f.signers != "" || f.applicant != ""):
		return nil, usage("add --require-approval", "--allowed-signers and --applicant say nothing without --require-approval")
	case !f.require:
		return nil, nil
	case f.signers == "":
		return nil, usage("name the file of those who may approve", "--require-approval needs --allowed-signers FILE")
	}
	allowed, err := signature.ReadAllowedSigners(f.signers)
	if err != nil {
		return nil, refuse("correct the file: a guard that cannot be read is no guard", "--allowed-signers: %v", err)
	}
	path := run.dir.Path()
	sig, err := run.dir.Read(rundir.ApprovalSignature)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, refuse("have a second person approve it: "+command("approve", path)+" --key FILE", "nobody has approved %s", path)
	}
	if err != nil {
		return nil, refuse("see to the file", "the approval cannot be read: %v", err)
	}
	signer, err := allowed.Verify(statement(run.journal.State()), sig, approvalNamespace, time.Now())
	if err != nil {
		return nil, refuse("was the plan changed after the approval? to approve it as it is: "+command("approve", path)+" --key FILE",
			"%s is not approved: %v", path, err)
	}
	applicant := cmp.Or(f.applicant, currentUser())
	if isSame(signer, applicant) {
		return nil, refuse("let somebody else apply it; who that is says --applicant", "%s has approved the plan, and may be %q who applies it", signer, applicant)
	}
	return &journal.Approval{By: signer.String(), Applicant: applicant}, nil
}

// isSame errs on the side of yes: the user jane may be jane@acme.com.
func isSame(signer signature.Signer, applicant string) bool {
	if signer.MayBe(applicant) {
		return true
	}
	for _, list := range signer.Principals {
		for principal := range strings.SplitSeq(list, ",") {
			if name, _, _ := strings.Cut(principal, "@"); strings.EqualFold(name, applicant) {
				return true
			}
		}
	}
	return false
}

// currentUser is whose process this is, "" if that is not known.
func currentUser() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username[strings.LastIndexByte(u.Username, '\\')+1:] // after a domain of Windows
}
