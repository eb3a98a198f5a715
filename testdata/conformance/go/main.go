// A server of net/http, which the platform runs as one function.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
)

func main() {
	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "home")
	})
	http.HandleFunc("GET /hello/{name}", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "yes"})
		fmt.Fprintf(w, "hello %s\n", r.PathValue("name"))
	})
	http.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]any{"method": r.Method, "url": r.URL.String(), "host": r.Host, "header": r.Header, "body": string(body)})
	})
	http.HandleFunc("GET /status/{code}", func(w http.ResponseWriter, r *http.Request) {
		var code int
		if _, err := fmt.Sscan(r.PathValue("code"), &code); err != nil {
			code = http.StatusBadRequest
		}
		http.Error(w, http.StatusText(code), code)
	})
	http.HandleFunc("GET /stream", func(w http.ResponseWriter, r *http.Request) {
		for _, word := range []string{"one ", "two ", "three"} {
			io.WriteString(w, word)
			http.NewResponseController(w).Flush()
		}
	})
	http.HandleFunc("GET /large", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, strings.Repeat("x", 5<<20))
	})
	http.HandleFunc("GET /moved", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/hello/moved", http.StatusFound)
	})
	http.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) {
		panic("secret detail")
	})
	if err := http.ListenAndServe(":"+os.Getenv("PORT"), nil); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}
