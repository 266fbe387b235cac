// Package dav424 gives a WebDAV test server to Go tests: a space for each test, and its journal if the test fails.
package dav424

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// Space is a copy of a scenario for one test. URL is its root, with a slash at the end.
type Space struct {
	URL, Name string
	server    string
	t         testing.TB
}

// Fact is the result for one resource or property: its Outcome is done, failed or failed-dependency.
type Fact struct {
	Path, Property, Outcome, Cause, Detail string
	Status                                 int
}

// Exchange is one request and its response. Refused is the reason, if the server refused the request as a whole.
type Exchange struct {
	Number, Status int
	Method, Path   string
	Facts          []Fact
	Refused        *Fact
}

var started string

// Main runs the tests of a package: func TestMain(m *testing.M) { os.Exit(dav424.Main(m)) }. It starts a server on a free
// port with DAV424_COMMAND (default: dav424) and more flags of dav424 serve, unless DAV424_URL has the URL of a server.
func Main(m *testing.M, flags ...string) int {
	if os.Getenv("DAV424_URL") != "" {
		return m.Run()
	}
	command := os.Getenv("DAV424_COMMAND")
	if command == "" {
		command = "dav424"
	}
	flags = append([]string{"serve", "--port", "0"}, flags...)
	if runtime.GOOS != "windows" {
		flags = append(flags, "--exit-with-parent")
	}
	server := exec.Command(command, flags...)
	server.Stderr = os.Stderr
	output, err := server.StdoutPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%v: put dav424 on the PATH, or its path into DAV424_COMMAND\n", err)
		return 2
	}
	defer server.Wait()
	defer server.Process.Signal(syscall.SIGTERM)
	line, _ := bufio.NewReader(output).ReadString('\n')
	if !strings.HasPrefix(line, "dav424 ready url=") {
		fmt.Fprintf(os.Stderr, "%s serve did not start; its reason is above\n", command)
		return 2
	}
	started = strings.Fields(strings.TrimPrefix(line, "dav424 ready url="))[0]
	return m.Run()
}

// New makes a space with a copy of a scenario. It is removed after the test; if the test fails, it stays on the server for an
// hour without a request, and the log of the test has its journal.
func New(t testing.TB, scenario string) *Space {
	t.Helper()
	server := started
	if server == "" {
		server = strings.TrimSuffix(os.Getenv("DAV424_URL"), "/") + "/"
	}
	if server == "/" {
		t.Fatal("there is no server: set DAV424_URL, or call dav424.Main in TestMain")
	}
	random := make([]byte, 8)
	if _, err := rand.Read(random); err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("go-%x", random)
	space := &Space{URL: server + "s/" + name + "/" + scenario + "/", Name: name, server: server, t: t}
	space.Call("PUT", "", map[string]any{"scenario": scenario, "expires-in": 3600})
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("dav424 %s\n\n%s", space.URL, space.Explain())
			return
		}
		space.Call("DELETE", "", nil)
	})
	return space
}

// Call calls the admin API for this space, with a path such as clock; gives the answer. A refused call fails the test.
func (s *Space) Call(method, path string, body any) []byte {
	s.t.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	if body == nil {
		content = nil
	}
	target := strings.TrimSuffix(s.server+"-/spaces/"+s.Name+"/"+path, "/")
	request, err := http.NewRequest(method, target, bytes.NewReader(content))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token := os.Getenv("DAV424_ADMIN_TOKEN"); token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		s.t.Fatalf("%s %s: %s %v\n%s", method, target, response.Status, err, answer)
	}
	return answer
}

// PutCause adds or replaces a cause, written as in scenario files.
func (s *Space) PutCause(id string, settings map[string]any) {
	s.t.Helper()
	s.Call("PUT", "causes/"+url.PathEscape(id), settings)
}

// Advance advances the clock, which stands still otherwise.
func (s *Space) Advance(seconds float64) {
	s.t.Helper()
	s.Call("POST", "clock", map[string]float64{"advance": seconds})
}

// Journal reads the exchanges that match the filters of the admin API, such as method=PUT&wait=5s.
func (s *Space) Journal(filters string) []Exchange {
	s.t.Helper()
	var page struct{ Entries []Exchange }
	if err := json.Unmarshal(s.Call("GET", "journal?"+filters, nil), &page); err != nil {
		s.t.Fatal(err)
	}
	return page.Entries
}

// Explain explains the newest exchanges as text: the result for each resource and property, and the causes.
func (s *Space) Explain() string {
	s.t.Helper()
	return string(s.Call("GET", "journal/explain?newest=20", nil))
}
