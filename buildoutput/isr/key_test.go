package isr

import (
	"net/url"
	"testing"
)

func TestAllowedQuery(t *testing.T) {
	for _, test := range []struct {
		raw   string
		allow []string
		want  string
	}{
		{"", nil, ""},
		{"b=2&a=1", nil, "a=1&b=2"},
		{"b=2&a=1", []string{}, ""},
		{"b=2&a=1&c=3", []string{"c", "a"}, "a=1&c=3"},
		{"a=2&b=0&a=1", nil, "a=2&a=1&b=0"},
		{"a", nil, "a="},
		{"&&a=1&", nil, "a=1"},
		{"a=%2F+x", nil, "a=%2F+x"},
		{"%61=1", []string{"a"}, "a=1"},
		{"a=%zz", []string{"a"}, "a=%25zz"},
		{"a=1;b=2", []string{"a"}, "a=1%3Bb%3D2"},
		{"A=1", []string{"a"}, ""},
		{"a=1=2", nil, "a=1%3D2"},
	} {
		if got := AllowedQuery(test.raw, test.allow); got != test.want {
			t.Errorf("AllowedQuery(%q, %q) = %q, want %q", test.raw, test.allow, got, test.want)
		}
	}
}

// FuzzAllowedQuery: the result is in one form, which stands for the same parameters.
func FuzzAllowedQuery(f *testing.F) {
	f.Add("a=1&b=%20&a")
	f.Add("%zz=%&;=")
	f.Fuzz(func(t *testing.T, raw string) {
		once := AllowedQuery(raw, nil)
		if twice := AllowedQuery(once, nil); twice != once {
			t.Errorf("%q becomes %q becomes %q", raw, once, twice)
		}
		parsed, err := url.ParseQuery(once)
		if err != nil {
			t.Fatalf("%q becomes %q: %v", raw, once, err)
		}
		names := []string{}
		for name := range parsed {
			names = append(names, name)
		}
		if got := AllowedQuery(raw, names); len(names) > 0 && got != once {
			t.Errorf("%q with all its names allowed becomes %q, not %q", raw, got, once)
		}
	})
}
