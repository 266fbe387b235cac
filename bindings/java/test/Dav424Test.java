import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dav424.Dav424;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer.MethodName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Dav424.class)
@Dav424.Scenario("proppatch-protected")
@TestMethodOrder(MethodName.class)
class Dav424Test {
    static final String BODY = """
        <D:propertyupdate xmlns:D="DAV:">
          <D:set><D:prop><D:getetag>"mine"</D:getetag><title xmlns="urn:x">Q3</title></D:prop></D:set>
        </D:propertyupdate>""";
    static Dav424.Space first;
    Dav424.Space before;

    @BeforeEach
    void remember(Dav424.Space space) {
        before = space;
    }

    static HttpResponse<String> send(String method, String url, String body) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(url)).header("Content-Type", "application/xml");
        return HttpClient.newHttpClient().send(request.method(method, BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    @Test
    void aTheJournalExplainsAProppatchThatFails(Dav424.Space space) throws Exception {
        assertEquals(207, send("PROPPATCH", space.url() + "report.txt", BODY).statusCode());
        assertTrue(space.explain().contains("title of /report.txt: 424 Failed Dependency"), space.explain());
        first = space;
        assertSame(before, space);
    }

    @Test
    void bTheSpaceOfATestThatPassesIsRemoved(Dav424.Space space) {
        assertNotEquals(first.name(), space.name());
        var error = assertThrows(IllegalStateException.class, () -> first.call("GET", "", null));
        assertTrue(error.getMessage().contains(": 404 "), error.getMessage());
    }

    @Test
    void cTheScenarioIsCured(Dav424.Space space) throws Exception {
        space.cure();
        assertFalse(send("PROPPATCH", space.url() + "report.txt", BODY).body().contains("424 Failed Dependency"));
    }

    @Test
    @Dav424.Scenario(value = "playground", causes = "{\"id\": \"disk\", \"kind\": \"store-fails\", \"times\": 1}")
    void dACauseRefusesTheFirstWrite(Dav424.Space space) throws Exception {
        assertEquals(507, send("PUT", space.url() + "a.txt", "A").statusCode());
        assertEquals(201, send("PUT", space.url() + "a.txt", "A").statusCode());
    }

    @Test
    void eTheClockAdvances(Dav424.Space space) {
        space.advance(60);
        assertTrue(space.call("GET", "clock", null).contains("2026-01-01T00:01:00Z"));
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "RED", matches = "1", disabledReason = "a test of the repository reads what it prints")
    void fRed(Dav424.Space space) throws Exception {
        send("GET", space.url() + "none.txt", "");
        fail();
    }
}
