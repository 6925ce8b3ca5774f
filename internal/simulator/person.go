package simulator

import (
	"slices"
	"strconv"
	"strings"
)

// Person is one user of the tenant.
type Person struct {
	ID       string // 32 lower-case hexadecimal digits
	Username string
	Name     string
	Surname  string
	Email    string
	Roles    map[string][]string // section -> roles; nil: a plain user
	Disabled bool                // off on every platform at the start
}

var (
	names    = []string{"Ana", "Brais", "Carla", "Dani", "Elena", "Farid", "Grace", "Hugo", "Inés", "Jamal", "Kim", "Lucía", "Mateo", "Noa", "Olga", "Pablo"}
	surnames = []string{"Álvarez", "Brown", "Castro", "Díaz", "Evans", "Ferreiro", "García", "Hansen", "Ibáñez", "Jones", "Keller", "López", "Müller", "Novoa", "Otero", "Pérez"}
)

var administrator = map[string][]string{"management": {"admin"}, "training": {"user"}}

// fill makes up what is missing, from the id.
func (p *Person) fill(seed uint64) {
	h := hash(seed, p.ID)
	if p.Name == "" {
		p.Name = names[h%uint64(len(names))]
	}
	if p.Surname == "" {
		p.Surname = surnames[h>>32%uint64(len(surnames))]
	}
	if p.Email == "" {
		p.Email = p.Username
		if !strings.Contains(p.Email, "@") {
			p.Email += "@example.com"
		}
	}
}

// appendPerson appends the user object of the documented answers, and the
// fields that newer ones have.
func appendPerson(b []byte, p *Person, enabled bool) []byte {
	b = append(b, `{"aboutMe":"","authSource":"local","commonId":null,"email":`...)
	b = appendString(b, p.Email)
	b = append(b, `,"enabled":`...)
	b = strconv.AppendBool(b, enabled)
	b = append(b, `,"extendedFields":{},"externalId":null,"extra":{},"id":`...)
	b = appendString(b, p.ID)
	b = append(b, `,"image":{"url":null},"interests":"","language":"en","location":null,"mobilePhone":"","name":`...)
	b = appendString(b, p.Name)
	b = append(b, `,"officePhone":"","password":`...)
	b = appendPassword(b, p.ID)
	b = append(b, `,"roles":`...)
	b = appendRoles(b, p.Roles)
	b = append(b, `,"surname":`...)
	b = appendString(b, p.Surname)
	b = append(b, `,"timezone":"Europe/Madrid","username":`...)
	b = appendString(b, p.Username)
	return append(b, '}')
}

// appendPassword makes up a bcrypt hash: real answers hold one.
func appendPassword(b []byte, id string) []byte {
	const alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b = append(b, `"$2a$10$`...)
	h := hash(0, id)
	for range 53 {
		b = append(b, alphabet[h>>58])
		h = mix(h)
	}
	return append(b, '"')
}

func appendRoles(b []byte, roles map[string][]string) []byte {
	if roles == nil {
		return append(b, `{"management":["user"],"play":["user"],"social":["user"],"training":["user"]}`...)
	}
	b = append(b, '{')
	sections := make([]string, 0, len(roles))
	for section := range roles {
		sections = append(sections, section)
	}
	slices.Sort(sections)
	for i, section := range sections {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, section), ':', '[')
		for j, role := range roles[section] {
			if j > 0 {
				b = append(b, ',')
			}
			b = appendString(b, role)
		}
		b = append(b, ']')
	}
	return append(b, '}')
}
