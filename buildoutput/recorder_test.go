package buildoutput_test

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
)

// recorder is the platform's API as far as the command line tool needs it to deploy one project, on the loopback interface. It
// keeps what is sent to it.
type recorder struct {
	*httptest.Server
	t testing.TB

	mu          sync.Mutex
	blobs       map[string][]byte // by SHA-1
	deployments []deployment      // those that were accepted
}

// deployment is what the tool asks the platform to deploy.
type deployment struct {
	Files  []uploaded `json:"files"`
	Name   string     `json:"name"`
	Target string     `json:"target"`
}

// uploaded is one file of a deployment; its content is the blob of its SHA-1.
type uploaded struct {
	File string `json:"file"`
	Size int    `json:"size"`
	Mode uint32 `json:"mode"` // as stat gives it, with the bits for the kind of file
	SHA  string `json:"sha"`  // empty for a directory
}

const (
	apiToken  = "abc123"
	teamID    = "team_recorder"
	projectID = "prj_recorder"
)

func newRecorder(t testing.TB) *recorder {
	r := &recorder{t: t, blobs: map[string][]byte{}}
	mux := http.NewServeMux()
	fixed := func(pattern string, answer map[string]any) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) { respond(w, http.StatusOK, answer) })
	}
	fixed("GET /v2/user", map[string]any{"user": map[string]any{"id": "user_recorder", "email": "somebody@example.com", "username": "somebody"}})
	fixed("GET /teams/"+teamID, map[string]any{"id": teamID, "slug": "recorder", "name": "Recorder"})
	fixed("GET /v9/projects/"+projectID, map[string]any{"id": projectID, "name": "sample", "accountId": teamID, "framework": nil})
	fixed("GET /v13/deployments/{id}", r.deployed())
	mux.HandleFunc("GET /v3/now/deployments/{id}/events", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /v2/files", r.upload)
	mux.HandleFunc("POST /v13/deployments", r.deploy)
	mux.HandleFunc("/", func(w http.ResponseWriter, req *http.Request) {
		t.Logf("the tool asks for %s %s", req.Method, req.URL)
		respond(w, http.StatusNotFound, failed("not_found"))
	})
	r.Server = httptest.NewServer(authorized(mux))
	t.Cleanup(r.Close)
	return r
}

func (r *recorder) deployed() map[string]any {
	return map[string]any{
		"id": "dpl_recorder", "url": "sample.example.com", "readyState": "READY", "status": "READY", "alias": []string{},
		"aliasAssigned": true, "ownerId": teamID, "projectId": projectID, "createdAt": 0, "inspectorUrl": nil,
	}
}

func authorized(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Header.Get("Authorization") != "Bearer "+apiToken {
			respond(w, http.StatusForbidden, failed("forbidden"))
			return
		}
		next.ServeHTTP(w, req)
	})
}

// upload takes the content of one file.
func (r *recorder) upload(w http.ResponseWriter, req *http.Request) {
	content, err := io.ReadAll(req.Body)
	if err != nil {
		respond(w, http.StatusBadRequest, failed("bad_request"))
		return
	}
	sum := sha1.Sum(content)
	sha := hex.EncodeToString(sum[:])
	if sha != req.Header.Get("X-Now-Digest") || strconv.Itoa(len(content)) != req.Header.Get("X-Now-Size") {
		r.t.Errorf("a file of %d bytes with SHA-1 %s was announced as %v", len(content), sha, req.Header)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.blobs[sha] = content
	respond(w, http.StatusOK, map[string]any{})
}

// deploy takes a list of files, and asks for the contents that it does not have.
func (r *recorder) deploy(w http.ResponseWriter, req *http.Request) {
	var d deployment
	if err := json.NewDecoder(req.Body).Decode(&d); err != nil {
		respond(w, http.StatusBadRequest, failed("bad_request"))
		return
	}
	if req.URL.Query().Get("prebuilt") != "1" {
		r.t.Errorf("not deployed as prebuilt: %s", req.URL)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var missing []string
	for _, file := range d.Files {
		if _, ok := r.blobs[file.SHA]; !ok && file.SHA != "" {
			missing = append(missing, file.SHA)
		}
	}
	if len(missing) > 0 {
		answer := failed("missing_files")
		answer["error"].(map[string]any)["missing"] = missing
		respond(w, http.StatusBadRequest, answer)
		return
	}
	r.deployments = append(r.deployments, d)
	respond(w, http.StatusOK, r.deployed())
}

// deployment is the one that was made.
func (r *recorder) deployment() deployment {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.deployments) != 1 {
		r.t.Fatalf("%d deployments were made", len(r.deployments))
	}
	return r.deployments[0]
}

// arrived lists the files of the deployment as [tree] does.
func (r *recorder) arrived() map[string]string {
	r.t.Helper()
	entries := map[string]string{}
	for _, file := range r.deployment().Files {
		if size := len(r.blobs[file.SHA]); size != file.Size && file.SHA != "" {
			r.t.Errorf("%s was announced with %d bytes and sent with %d", file.File, file.Size, size)
		}
		entries[file.File] = entry(file.Mode, file.SHA)
	}
	return entries
}

func failed(code string) map[string]any {
	return map[string]any{"error": map[string]any{"code": code, "message": fmt.Sprintf("recorder: %s", code)}}
}

func respond(w http.ResponseWriter, status int, answer map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer)
}
