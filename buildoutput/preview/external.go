package preview

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/isrgen/isrgen/buildoutput/network"
)

// AnyHost in Options.AllowExternal stands for every host with a public address.
const AnyHost = "any"

// Codes for what became of a request to another host.
//
// Source: the platform's documentation, "Errors"; the first is ours.
const (
	codeNotAllowed  = "ISRGEN_EXTERNAL_NOT_ALLOWED"
	codePrivate     = "DNS_HOSTNAME_RESOLVED_PRIVATE"
	codeUnknownHost = "DNS_HOSTNAME_NOT_FOUND"
	codeHandshake   = "ROUTER_EXTERNAL_TARGET_HANDSHAKE_ERROR"
	codeConnection  = "ROUTER_EXTERNAL_TARGET_CONNECTION_ERROR"
	codeExternal    = "ROUTER_EXTERNAL_TARGET_ERROR"
)

// externalPatience is how long the beginning of a response may take, as on the platform.
const externalPatience = 2 * time.Minute

// external asks other hosts: those that the options name, whatever their address, and with [AnyHost] all that have a public
// one. The address is judged when it is dialled, so a name that resolves to another one next time gains nothing. Proxies of
// this process's environment are not used: they would dial in its place.
type external struct {
	allowed   []string
	transport *http.Transport
}

func newExternal(allowed []string) *external {
	e := &external{}
	for _, host := range allowed {
		e.allowed = append(e.allowed, strings.ToLower(strings.TrimSpace(host)))
	}
	e.transport = &http.Transport{
		DialContext:           e.dial,
		DisableCompression:    true, // bodies are passed on as they are
		ForceAttemptHTTP2:     true,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: externalPatience,
		IdleConnTimeout:       time.Minute,
	}
	return e
}

// named reports whether the options name a host, with or without its port.
func (e *external) named(host, port string) bool {
	host = strings.ToLower(host)
	return slices.Contains(e.allowed, host) || slices.Contains(e.allowed, net.JoinHostPort(host, port))
}

// permit refuses a URL whose host may not be asked.
func (e *external) permit(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return &failure{http.StatusBadGateway, codeExternal, fmt.Sprintf("%q is no URL of http or https", u)}
	}
	if slices.Contains(e.allowed, AnyHost) || e.named(u.Hostname(), portOf(u)) {
		return nil
	}
	return &failure{http.StatusBadGateway, codeNotAllowed, fmt.Sprintf(
		"the answer is at %s, and this preview asks other hosts only if it is told to: isrgen preview --allow-external %s", withoutQuery(u), u.Host)}
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// withoutQuery is a URL for an error page: a query may hold what is secret.
func withoutQuery(u *url.URL) string {
	short := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return short.String()
}

func (e *external) dial(ctx context.Context, protocol, address string) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if !e.named(host, port) {
		dialer.Control = network.OnlyPublic
	}
	return dialer.DialContext(ctx, protocol, address)
}

// externalFailure gives status and code for an error of the transport.
func externalFailure(err error) *failure {
	var refused *failure
	var unknown *net.DNSError
	var dial *net.OpError
	var timeout net.Error
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.Is(err, network.ErrPrivate):
		return &failure{http.StatusNotFound, codePrivate, err.Error() + ": name the host itself in --allow-external to ask it all the same"}
	case errors.As(err, &unknown):
		return &failure{http.StatusBadGateway, codeUnknownHost, err.Error()}
	case isHandshake(err):
		return &failure{http.StatusBadGateway, codeHandshake, err.Error()}
	case errors.As(err, &timeout) && timeout.Timeout():
		return &failure{http.StatusGatewayTimeout, codeExternal, err.Error()}
	case errors.As(err, &dial) && dial.Op == "dial":
		return &failure{http.StatusBadGateway, codeConnection, err.Error()}
	}
	return &failure{http.StatusBadGateway, codeExternal, err.Error()}
}

func isHandshake(err error) bool {
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var certificate *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	return errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &certificate) || errors.As(err, &unknown)
}
