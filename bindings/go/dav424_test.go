package dav424_test

import (
	"dav424"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(dav424.Main(m)) }

func send(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/xml")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

func TestTheJournalExplainsAProppatchThatFails(t *testing.T) {
	space := dav424.New(t, "proppatch-protected")
	status, _ := send(t, "PROPPATCH", space.URL+"report.txt", `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>
		<D:getetag>"mine"</D:getetag><title xmlns="urn:x">Q3</title></D:prop></D:set></D:propertyupdate>`)
	facts := space.Journal("method=PROPPATCH")[0].Facts
	if status != 207 || len(facts) != 2 || facts[0].Status != 403 || facts[1].Property != "{urn:x}title" || facts[1].Status != 424 {
		t.Fatal(status, facts)
	}
	if text := space.Explain(); !strings.Contains(text, "title of /report.txt: 424 Failed Dependency") {
		t.Fatal(text)
	}
}

func TestACauseRefusesTheFirstWrite(t *testing.T) {
	space := dav424.New(t, "playground")
	space.PutCause("disk", map[string]any{"kind": "store-fails", "times": 1})
	for _, expected := range []int{507, 201} {
		if status, _ := send(t, "PUT", space.URL+"a.txt", "A"); status != expected {
			t.Fatal(status)
		}
	}
}

func TestTheClockAdvances(t *testing.T) {
	space := dav424.New(t, "playground")
	space.Advance(60)
	if clock := string(space.Call("GET", "clock", nil)); !strings.Contains(clock, "2026-01-01T00:01:00Z") {
		t.Fatal(clock)
	}
}

func TestTheSpaceOfATestThatPassesIsRemoved(t *testing.T) {
	var used *dav424.Space
	t.Run("inner", func(t *testing.T) { used = dav424.New(t, "playground") })
	root := strings.Split(used.URL, "s/"+used.Name)[0]
	if status, _ := send(t, "GET", root+"-/spaces/"+used.Name, ""); status != 404 {
		t.Fatal(status)
	}
}

func TestRed(t *testing.T) {
	if os.Getenv("RED") == "" {
		t.Skip("the tests of the repository run this test with RED=1, and read its log")
	}
	send(t, "GET", dav424.New(t, "playground").URL+"none.txt", "")
	t.Fail()
}
