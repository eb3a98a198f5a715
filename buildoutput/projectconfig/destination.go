package projectconfig

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// destination is a path or URL in parts, as Node.js splits one (url.parse, the older of its two ways): the platform's tools
// put the parameters into each part alone.
type destination struct {
	protocol string // with its colon
	slashes  bool   // a host follows, though it may be empty
	auth     string
	hostname string
	port     string // with its colon
	pathname string
	query    []field
	hash     string // with its #
}

// field is a parameter of a query with all of its values, decoded.
type field struct {
	key    string
	values []string
}

var (
	simplePath = regexp.MustCompile(`^(/|//?[^/?\s][^?\s]*)(\?\S*)?$`)
	protocol   = regexp.MustCompile(`^[a-zA-Z0-9.+-]+:`)
	port       = regexp.MustCompile(`:[0-9]*$`)
	hasUser    = regexp.MustCompile(`^//[^@/]+@[^@/]+`)
)

// slashed are the protocols whose URLs have a host, written with two slashes.
var slashed = []string{"http:", "https:", "ftp:", "gopher:", "file:", "ws:", "wss:"}

// autoEscape encodes what Node.js does not leave in a URL with a host, a fragment or an @.
var autoEscape = strings.NewReplacer("\t", "%09", "\n", "%0A", "\r", "%0D", " ", "%20", `"`, "%22", "'", "%27", "<", "%3C",
	">", "%3E", `\`, "%5C", "^", "%5E", "`", "%60", "{", "%7B", "|", "%7C", "}", "%7D")

var errHost = errors.New("the destination's host is not plain: write it in ASCII, international names as xn--...")

// parseDestination splits a text. With errHost the parts are there all the same.
func parseDestination(text string) (destination, error) {
	text = strings.TrimFunc(text, func(r rune) bool { return r <= ' ' || r == '\u00a0' || r == '\ufeff' })
	path, rest := text, ""
	if i := strings.IndexAny(text, "?#"); i >= 0 {
		path, rest = text[:i], text[i:]
	}
	at := strings.Contains(path, "@")
	text = strings.ReplaceAll(path, `\`, "/") + rest
	if parts := simplePath.FindStringSubmatch(text); parts != nil && !at && !strings.Contains(text, "#") {
		return destination{pathname: parts[1], query: parseQuery(parts[2])}, nil
	}
	var d destination
	d.protocol = protocol.FindString(text)
	text = text[len(d.protocol):]
	known := slices.Contains(slashed, d.protocol)
	d.protocol = strings.ToLower(d.protocol)
	if strings.HasPrefix(text, "//") && (d.protocol != "" || hasUser.MatchString(text)) && d.protocol != "javascript:" {
		d.slashes, text = true, text[2:]
	}
	var err error
	if d.protocol != "javascript:" && (d.slashes || d.protocol != "" && !known) {
		if text, err = d.parseHost(text); err != nil && !errors.Is(err, errHost) {
			return d, err
		}
	}
	if d.protocol != "javascript:" {
		text = autoEscape.Replace(text)
	}
	text, d.hash = cut(text, "#")
	text, search := cut(text, "?")
	d.pathname, d.query = text, parseQuery(search)
	if d.pathname == "" && d.hostname != "" && slices.Contains(slashed, d.protocol) {
		d.pathname = "/"
	}
	return d, err
}

// cut splits a text before the first separator.
func cut(text, separator string) (before, from string) {
	if i := strings.Index(text, separator); i >= 0 {
		return text[:i], text[i:]
	}
	return text, ""
}

// parseHost takes user, host and port off a text, and gives what is left.
func (d *destination) parseHost(text string) (string, error) {
	end := len(text)
	if i := strings.IndexAny(text, "/?#"); i >= 0 {
		end = i
	}
	host := text[:end]
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		auth, err := url.PathUnescape(host[:i])
		if err != nil {
			return "", err
		}
		d.auth, host, text, end = auth, host[i+1:], text[i+1:], end-i-1
	}
	if i := strings.IndexAny(host, " \"%';<>\\^`{|}\t\r\n"); i >= 0 {
		host, end = host[:i], i
	}
	text = text[end:]
	d.port = port.FindString(host)
	d.hostname = strings.TrimSuffix(host, d.port)
	if inner, ok := strings.CutPrefix(d.hostname, "["); ok && strings.HasSuffix(inner, "]") {
		d.hostname = strings.TrimSuffix(inner, "]")
		if !strings.HasPrefix(text, "/") {
			text = "/" + text
		}
	} else if i := strings.IndexByte(d.hostname, ':'); i >= 0 { // no port: a path, says Node.js
		d.hostname, text = d.hostname[:i], "/"+d.hostname[i:]+text
	}
	if len(d.hostname) > 255 {
		d.hostname = ""
	}
	if d.port == ":" {
		d.port = ""
	}
	d.hostname = strings.ToLower(d.hostname)
	if strings.ContainsAny(d.hostname, "[]@\x00") {
		return "", fmt.Errorf("%q is no host", d.hostname)
	}
	if strings.ContainsFunc(d.hostname, func(r rune) bool { return r >= 0x80 }) {
		return text, errHost
	}
	return text, nil
}

// parseQuery reads a query with its ?, the values of a key together.
func parseQuery(search string) []field {
	var fields []field
	for pair := range strings.SplitSeq(strings.TrimPrefix(search, "?"), "&") {
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		key, value = decode(key), decode(value)
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == key })
		if i < 0 {
			i = len(fields)
			fields = append(fields, field{key: key})
		}
		fields[i].values = append(fields[i].values, value)
	}
	return fields
}

// decode undoes the encoding of a query. What is not an encoding stands for itself.
func decode(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '+':
			b.WriteByte(' ')
		case text[i] == '%' && i+2 < len(text):
			if decoded, err := url.PathUnescape(text[i : i+3]); err == nil {
				b.WriteString(decoded)
				i += 2
				continue
			}
			fallthrough
		default:
			b.WriteByte(text[i])
		}
	}
	return strings.ToValidUTF8(b.String(), "\ufffd")
}

// String joins the parts again, as url.format does.
func (d destination) String() string {
	host := d.hostname
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if host != "" {
		host += d.port
		if d.auth != "" {
			host = strings.ReplaceAll(encode(d.auth), "%3A", ":") + "@" + host
		}
	}
	pathname := strings.NewReplacer("#", "%23", "?", "%3F").Replace(d.pathname)
	if d.slashes || slices.Contains(slashed, d.protocol) && host != "" {
		if pathname != "" && pathname[0] != '/' {
			pathname = "/" + pathname
		}
		host = "//" + host
	} else if strings.HasPrefix(d.protocol, "file") {
		host = "//"
	}
	search := ""
	for _, field := range d.query {
		for _, value := range field.values {
			search += "&" + encode(field.key) + "=" + encode(value)
		}
	}
	if search != "" {
		search = "?" + search[1:]
	}
	return strings.ReplaceAll(d.protocol+host+pathname+search+d.hash, "%24", "$")
}

// encode makes a text a part of a query, the way JavaScript's encodeURIComponent does.
func encode(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; isWord(c) || strings.IndexByte("-.!~*'()", c) >= 0 {
			b.WriteByte(c)
		} else {
			const digits = "0123456789ABCDEF"
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
	return b.String()
}
