package routing

import (
	"strings"
	"unicode/utf8"
)

const upperHex = "0123456789ABCDEF"

// maxURL is the longest path and query that routing works on, in bytes. The platform refuses longer ones too.
const maxURL = 16 << 10

// normalizePath gives the one form of a request path that routes see: with a first slash, unreserved characters decoded,
// everything else that is not plain encoded with upper-case digits, dot segments resolved. So a path cannot be
// written in a second way that escapes a route and still finds the same output. Doubled slashes stay.
func normalizePath(p string) string {
	if isNormal(p) {
		return p
	}
	var b strings.Builder
	b.Grow(len(p) + 16)
	if !strings.HasPrefix(p, "/") {
		b.WriteByte('/')
	}
	for i := 0; i < len(p); i++ {
		c := p[i]
		decoded, ok := hexPair(p[i:])
		switch {
		case c == '%' && ok && isUnreserved(decoded):
			b.WriteByte(decoded)
			i += 2
		case c == '%' && ok:
			writeEncoded(&b, decoded)
			i += 2
		case c == '%' || mustEncode(c):
			writeEncoded(&b, c) // a stray % too: else %%36%31 would become %61
		default:
			b.WriteByte(c)
		}
	}
	return resolveDots(b.String())
}

// isNormal reports whether normalizePath would change nothing.
func isNormal(p string) bool {
	if p == "" || p[0] != '/' {
		return false
	}
	for i := 0; i < len(p); i++ {
		if c := p[i]; c == '%' || mustEncode(c) || c == '.' && p[i-1] == '/' {
			return false
		}
	}
	return true
}

// resolveDots removes . and .. segments, as a URL's reader does; .. at the root goes nowhere.
func resolveDots(p string) string {
	if !strings.Contains(p, "/.") {
		return p
	}
	segments := strings.Split(p[1:], "/")
	kept := segments[:0]
	for i, segment := range segments {
		last := i == len(segments)-1
		switch segment {
		case ".":
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		default:
			kept = append(kept, segment)
			continue
		}
		if last {
			kept = append(kept, "")
		}
	}
	return "/" + strings.Join(kept, "/")
}

// collapseSlashes makes one slash of several.
func collapseSlashes(p string) string {
	if !strings.Contains(p, "//") {
		return p
	}
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		if p[i] != '/' || i == 0 || p[i-1] != '/' {
			b.WriteByte(p[i])
		}
	}
	return b.String()
}

// encodePath encodes the characters of a literal that a normalised path never has; escapes are left alone.
func encodePath(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if mustEncode(s[i]) {
			writeEncoded(&b, s[i])
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// mustEncode is true for bytes that do not stand for themselves in a path: the path percent-encode set of the
// WHATWG's URL standard, and the backslash, which that standard reads as a slash.
func mustEncode(c byte) bool {
	if c <= ' ' || c >= 0x7f {
		return true
	}
	switch c {
	case '"', '#', '<', '>', '?', '`', '{', '}', '^', '\\':
		return true
	}
	return false
}

func isUnreserved(c byte) bool {
	return isWord(c) || c == '-' || c == '.' || c == '~'
}

// encodeComponent encodes a value for a query, as JavaScript's encodeURIComponent does.
func encodeComponent(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; isUnreserved(c) || strings.IndexByte("!'()*", c) >= 0 {
			b.WriteByte(c)
		} else {
			writeEncoded(&b, c)
		}
	}
	return b.String()
}

func writeEncoded(b *strings.Builder, c byte) {
	b.WriteByte('%')
	b.WriteByte(upperHex[c>>4])
	b.WriteByte(upperHex[c&15])
}

// hexPair reads the two digits of an escape at the beginning of s.
func hexPair(s string) (byte, bool) {
	if len(s) < 3 {
		return 0, false
	}
	high, low := unhex(s[1]), unhex(s[2])
	return byte(high<<4 | low), s[0] == '%' && high >= 0 && low >= 0
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// decodePath undoes the escapes. It refuses what no output's name has: a bad escape, an encoded slash, a backslash,
// a control character, text that is not UTF-8 (overlong forms are not).
func decodePath(p string) (string, bool) {
	plain := true
	for i := 0; i < len(p); i++ {
		if c := p[i]; c == '%' || c < ' ' || c == '\\' || c >= 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return p, true
	}
	decoded := make([]byte, 0, len(p))
	for i := 0; i < len(p); i++ {
		c := p[i]
		if c == '%' {
			var ok bool
			if c, ok = hexPair(p[i:]); !ok || c == '/' {
				return "", false
			}
			i += 2
		}
		if c < ' ' || c == '\\' || c == 0x7f {
			return "", false
		}
		decoded = append(decoded, c)
	}
	return string(decoded), utf8.Valid(decoded)
}
