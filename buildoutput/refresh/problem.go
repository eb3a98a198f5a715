package refresh

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// Problem is why a page was not regenerated or read.
type Problem struct {
	// Code names the cause for programs: protection, redirect, token, render, not-found, static, limit, server, host, network, tls
	// or verify.
	Code string `json:"problem"`

	// Message says what happened, and Advice what to do.
	Message string `json:"message"`
	Advice  string `json:"advice"`

	// Everywhere says that every page of the deployment would meet it.
	Everywhere bool `json:"-"`
}

// String gives status and x-vercel-cache.
func (a *answer) String() string {
	if a.cache == "" {
		return fmt.Sprint(a.status)
	}
	return fmt.Sprintf("%d %s", a.status, a.cache)
}

// revalidated says what keeps an answer from being that of a regeneration.
func (a *answer) revalidated(origin *url.URL, target Target) *Problem {
	switch p := a.failed(origin, target.Path); {
	case a.gone() && a.cache == "REVALIDATED" && target.Transient:
		return nil
	case a.gone() && a.cache == "REVALIDATED":
		return &Problem{Code: "not-found", Message: "regenerated as 404: the function has no such page",
			Advice: "the output here is not that of the deployment: deploy it, or revalidate with the output that was deployed"}
	case p != nil:
		return p
	case a.cache == "REVALIDATED":
		return nil
	case a.cache == "STALE":
		return &Problem{Code: "render", Message: "the render failed, and the old page stays",
			Advice: "look into the function's log at " + a.request() + "; if all pages answer so, the token is not this deployment's"}
	}
	return &Problem{Code: "token", Message: fmt.Sprintf("answered as to any visitor (%s): the token is not this deployment's, or it has none", a.cache),
		Advice: "build and deploy with the ISRGEN_BYPASS_TOKEN that this command has, and name the deployment that was made from this output"}
}

// gone says whether a function answered that there is no such page.
func (a *answer) gone() bool { return a.status == http.StatusNotFound && a.cache != "" }

// failed finds what is wrong with an answer, whatever was asked for.
func (a *answer) failed(origin *url.URL, path string) *Problem {
	switch {
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden, isRedirect(a.status) && isLogin(a.location):
		return &Problem{Code: "protection", Everywhere: a.status != http.StatusForbidden,
			Message: fmt.Sprintf("%d: deployment protection, or a firewall, stands before the deployment", a.status),
			Advice: "create a secret under Deployment Protection, Protection Bypass for Automation, and name the variable that holds it with " +
				"--protection-bypass-env; or name a domain that is not protected"}
	case isRedirect(a.status):
		return redirected(origin, path, a)
	case a.code == "DEPLOYMENT_NOT_FOUND" || a.code == "NOT_FOUND" && a.cache == "":
		return &Problem{Code: "host", Everywhere: true, Message: "404: there is no deployment at " + origin.Host, Advice: "check --url"}
	case a.cache == "":
		return &Problem{Code: "host", Message: fmt.Sprintf("%d without x-vercel-cache: this is not the platform, or a proxy stands before it", a.status),
			Advice: "name the deployment itself with --url"}
	case a.status == http.StatusNotFound:
		return &Problem{Code: "not-found", Message: "404: the deployment has no such page",
			Advice: "deploy the output that is here, or name the deployment that was made from it with --url"}
	case a.status == http.StatusTooManyRequests:
		return &Problem{Code: "limit", Message: "429, again and again: the deployment limits requests", Advice: "use a smaller -j, and try again later"}
	case a.status >= 500:
		return &Problem{Code: "server", Message: strings.TrimSpace(fmt.Sprint(a.status, " ", a.code)) + ", again and again",
			Advice: "look into the function's log at " + a.request()}
	case a.status >= 400:
		return &Problem{Code: "server", Message: fmt.Sprintf("%d: the request is refused", a.status), Advice: "see whether a route of the site answers here"}
	}
	return nil
}

// request names the request as the platform's logs do.
func (a *answer) request() string {
	if a.id == "" {
		return "the time of this request"
	}
	return a.id
}

func isRedirect(status int) bool {
	return status >= 300 && status < 400 && status != http.StatusNotModified
}

// isLogin recognizes the page where the platform's users sign in, to which deployment protection sends browsers.
func isLogin(location string) bool {
	u, err := url.Parse(location)
	return err == nil && u.Host == "vercel.com" && strings.HasPrefix(u.Path, "/sso-api")
}

// redirected says what a redirect means for who asked for the page's own address.
func redirected(origin *url.URL, path string, a *answer) *Problem {
	p := &Problem{Code: "redirect", Message: fmt.Sprintf("%d to %s", a.status, a.location)}
	to, err := url.Parse(a.location)
	switch {
	case err != nil || a.location == "":
		p.Message, p.Advice = fmt.Sprintf("%d to nowhere", a.status), "see which route of the site answers here"
	case !sameButSlash(to.Path, path):
		p.Advice = "a rule of the site, or of the project, hides the page: revalidate what it leads to"
	case to.Host != "" && to.Host != origin.Host:
		p.Advice, p.Everywhere = "each domain has a cache of its own: if the pages are at that one, use --url "+to.Scheme+"://"+to.Host, true
	case to.Host != "" && to.Scheme != origin.Scheme:
		p.Advice, p.Everywhere = "use --url "+to.Scheme+"://"+to.Host, true
	default:
		p.Advice = "the deployment has another policy for slashes (trailingSlash) than this output: deploy this output, or use the one that was deployed"
	}
	return p
}

func sameButSlash(a, b string) bool { return strings.TrimSuffix(a, "/") == strings.TrimSuffix(b, "/") }

// passing says whether an error of the network may be gone in a moment.
func passing(err error) bool {
	var dns *net.DNSError
	return !isTLS(err) && !(errors.As(err, &dns) && dns.IsNotFound) && !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, context.Canceled)
}

func isTLS(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		record       tls.RecordHeaderError
		alert        tls.AlertError
		host         x509.HostnameError
	)
	return errors.As(err, &verification) || errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &host) ||
		strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") // for which net/http has no type
}

// unreachable says why there was no answer.
func unreachable(origin *url.URL, err error) *Problem {
	var dns *net.DNSError
	switch {
	case isTLS(err):
		return &Problem{Code: "tls", Everywhere: true, Message: "no safe connection: " + err.Error(),
			Advice: "check the host in --url; a new domain may not have its certificate yet"}
	case errors.As(err, &dns) && dns.IsNotFound:
		return &Problem{Code: "host", Everywhere: true, Message: "there is no host " + origin.Hostname(), Advice: "check --url"}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &Problem{Code: "network", Everywhere: true, Message: "nothing listens at " + origin.Host, Advice: "check --url, and that the deployment runs"}
	case errors.Is(err, context.DeadlineExceeded):
		return &Problem{Code: "network", Message: fmt.Sprintf("no answer in %v", patience), Advice: "look into the function's log"}
	}
	return &Problem{Code: "network", Message: err.Error(), Advice: "check the connection, and try again"}
}
