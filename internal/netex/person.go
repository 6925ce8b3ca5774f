package netex

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxRoles bounds what is kept of a person; a real one has about five.
const maxRoles = 100

// Person is who a user is, as the tenant tells it. One of ID and Username may
// be empty.
type Person struct {
	ID       string
	Username string
	Name     string // and surname
	Email    string
	Enabled  bool     // in the central record
	Roles    []string // section:role, sorted; nil when the tenant names none
}

// Admin reports whether a role in any section is named admin.
func (p *Person) Admin() bool {
	return slices.ContainsFunc(p.Roles, func(role string) bool {
		return strings.EqualFold(role[strings.LastIndexByte(role, ':')+1:], "admin")
	})
}

// answersTo reports whether the person can be who was asked for. A tenant that
// finds people whatever the case of the letters will do so in any other call.
func (p *Person) answersTo(user string) bool {
	return strings.EqualFold(p.ID, user) || strings.EqualFold(p.Username, user)
}

// account is what is read of a user object. It holds a password hash too:
// nothing else is decoded, and no part of the body is kept.
type account struct {
	record
	ID       field `json:"id"`
	Username field `json:"username"`
	Name     field `json:"name"`
	Surname  field `json:"surname"`
	Email    field `json:"email"`
	Roles    roles `json:"roles"`
}

// readPerson reads a user object. The error says what is missing; a decoder's
// own would tell parts of the body.
func readPerson(object []byte) (Person, error) {
	var a account
	if parse(object, &a) != nil {
		return Person{}, errors.New("the user in the answer cannot be read")
	}
	p := Person{
		ID:       a.ID.identifier(),
		Username: a.Username.identifier(),
		Name:     clip(strings.TrimSpace(a.Name.value + " " + a.Surname.value)),
		Email:    clip(a.Email.value),
		Enabled:  a.Enabled.on,
		Roles:    a.Roles,
	}
	switch {
	case a.Enabled.on == a.Enabled.off:
		return p, errors.New("the answer does not say whether the user is enabled")
	case p.ID == "" && p.Username == "":
		return p, errors.New("the answer does not say who the user is")
	}
	slices.Sort(p.Roles)
	p.Roles = slices.Compact(p.Roles)
	return p, nil
}

// field is a string; a value of another type stands for none.
type field struct {
	value string
	said  bool
}

// UnmarshalJSONFrom is called again when an object has the key twice.
func (f *field) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	b, err := d.ReadValue()
	if err != nil {
		return err
	}
	s := ""
	if b.Kind() == '"' {
		text, _ := jsontext.AppendUnquote(nil, b) // as in words
		s = string(text)
	}
	if f.said && s != f.value {
		return errors.New("two values for one key")
	}
	f.value, f.said = s, true
	return nil
}

// identifier is the text if it can be kept as it is: an altered one might be
// somebody else's.
func (f field) identifier() string {
	if clip(f.value) != f.value || strings.ContainsRune(f.value, utf8.RuneError) {
		return ""
	}
	return f.value
}

// roles are those of all sections, as section:role. What cannot be read is an
// error: it might say admin.
type roles []string

func (r *roles) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	return eachMember(d, func(section string) error {
		var names []string
		if err := json.UnmarshalDecode(d, &names); err != nil {
			return err
		}
		if len(*r)+len(names) > maxRoles {
			return errors.New("too many roles")
		}
		for _, name := range names {
			*r = append(*r, clip(section)+":"+clip(name))
		}
		return nil
	})
}
