package emulator

import (
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/isrgen/isrgen/buildoutput"
)

// Request is what a function is asked.
type Request struct {
	Method string
	Host   string
	Path   string // with its first slash and with the query
	Header http.Header
	Body   []byte

	// Stream says that a function which streams its responses may do so here.
	Stream bool

	// Middleware says that the function is asked as one: it need not have a response.
	Middleware bool
}

// Response is what a function answered.
type Response struct {
	Status int
	Header http.Header
	Body   []byte

	// Stream is the body of a streamed response, of any length, instead of Body; nil for all others. Whoever invoked
	// closes it. It fails with an [*Error] when the function does.
	Stream io.ReadCloser

	// Cold says that a process was started for it. Duration is how long the function took, without the wait
	// for a process; of a stream until its beginning.
	Cold     bool
	Duration time.Duration
}

// invokeEvent is the outer envelope of an event.
//
// Source: go/bridge/bridge.go of vercel/go-bridge; the development server of the platform's CLI sends the same.
type invokeEvent struct {
	Action string `json:"Action"`
	Body   string `json:"body"` // a requestEvent as JSON
}

type requestEvent struct {
	Host     string            `json:"host"`
	Path     string            `json:"path"`
	Method   string            `json:"method"`
	Headers  map[string]values `json:"headers"`
	Encoding string            `json:"encoding"`
	Body     string            `json:"body"`
}

type responseEvent struct {
	StatusCode *int              `json:"statusCode"`
	Headers    map[string]values `json:"headers"`
	Encoding   string            `json:"encoding"`
	Body       string            `json:"body"`
}

// values are those of one header: a string, or a list for several.
type values = buildoutput.Strings

// lenient takes what JavaScript would: a repeated name's last value, and U+FFFD for what is not UTF-8.
var lenient = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// encode makes the event of a request. Names of headers are in lower case, as from Node.js.
func (r *Request) encode() ([]byte, error) {
	headers := make(map[string]values, len(r.Header)+1)
	for name, v := range r.Header {
		if len(v) > 0 {
			headers[strings.ToLower(name)] = values(v)
		}
	}
	headers["host"] = values{r.Host}
	body, err := json.Marshal(requestEvent{
		Host:     r.Host,
		Path:     r.Path,
		Method:   r.Method,
		Headers:  headers,
		Encoding: "base64",
		Body:     base64.StdEncoding.EncodeToString(r.Body),
	}, lenient)
	if err != nil {
		return nil, err
	}
	return json.Marshal(invokeEvent{Action: "Invoke", Body: string(body)})
}

// decode reads what a function posted.
func decode(function string, payload []byte) (*Response, error) {
	var event responseEvent
	if err := json.Unmarshal(payload, &event, lenient); err != nil {
		return nil, newError(function, BadResponse, "the response is not of the form that the platform understands: %v", err)
	}
	resp := &Response{Status: http.StatusOK, Header: http.Header{}}
	if event.StatusCode != nil {
		resp.Status = *event.StatusCode
	}
	if resp.Status < 200 || resp.Status > 999 {
		return nil, newError(function, BadResponse, "the response has the status %d", resp.Status)
	}
	for name, v := range event.Headers {
		for _, value := range v {
			resp.Header.Add(name, value)
		}
	}
	resp.Body = []byte(event.Body)
	if event.Encoding == "base64" {
		body, err := base64.StdEncoding.DecodeString(event.Body)
		if err != nil {
			return nil, newError(function, BadResponse, "the response's body is not base64: %v", err)
		}
		resp.Body = body
	}
	if len(resp.Body) > MaxPayload {
		return nil, newError(function, ResponseTooLarge, "the response's body has %d bytes, the platform accepts %d", len(resp.Body), MaxPayload)
	}
	return resp, nil
}
