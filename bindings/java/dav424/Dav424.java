package dav424;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store.CloseableResource;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * A WebDAV test server for JUnit 5: each test with a parameter {@link Space} gets a copy of a scenario. If the
 * test fails, the journal is printed to stderr, and the space stays on the server for an hour without a request.
 *
 * <p>The server is the one at DAV424_URL. Without that variable, the extension starts one on a free port for the whole run, with
 * DAV424_COMMAND (default: dav424).
 */
public final class Dav424 implements ParameterResolver, AfterEachCallback {
    private static final Namespace NAMESPACE = Namespace.create(Dav424.class);
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    /** The scenario of a test or of all tests of a class (default: playground), and more causes, each as JSON. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target({ElementType.METHOD, ElementType.TYPE})
    public @interface Scenario {
        String value();

        String[] causes() default {};
    }

    /** A copy of a scenario for one test. {@code url} is its root, with a slash at the end. */
    public record Space(String server, String name, String url) {
        /** Call the admin API for this space, with a path such as {@code clock} and JSON or null; gives the answer. */
        public String call(String method, String path, String json) {
            var target = URI.create(server + "-/spaces/" + name + (path.isEmpty() ? "" : "/" + path));
            var body = BodyPublishers.ofString(json == null ? "" : json);
            var request = HttpRequest.newBuilder(target).header("Content-Type", "application/json").method(method, body);
            Optional.ofNullable(System.getenv("DAV424_ADMIN_TOKEN"))
                .ifPresent(token -> request.header("Authorization", "Bearer " + token));
            try {
                var answer = CLIENT.send(request.build(), BodyHandlers.ofString());
                if (answer.statusCode() >= 300) {
                    throw new IllegalStateException(method + " " + target + ": " + answer.statusCode() + " " + answer.body());
                }
                return answer.body();
            } catch (IOException error) {
                throw new IllegalStateException(method + " " + target + ": " + error, error);
            } catch (InterruptedException error) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(error);
            }
        }

        /** Add a cause, as JSON with the keys of scenario files. */
        public void addCause(String json) {
            call("POST", "causes", json);
        }

        /** Apply the cure of the scenario. */
        public void cure() {
            call("POST", "cure", null);
        }

        /** Advance the clock, which stands still otherwise. */
        public void advance(double seconds) {
            call("POST", "clock", "{\"advance\": " + seconds + "}");
        }

        /** Explain the newest exchanges as text: the result for each resource and property, and the causes. */
        public String explain() {
            return call("GET", "journal/explain?newest=20", null);
        }
    }

    /** The server of a run; {@code process} is null if it runs elsewhere. */
    private record Server(String url, Process process) implements CloseableResource {
        static Server connect() {
            var url = System.getenv("DAV424_URL");
            if (url != null && !url.isEmpty()) {
                return new Server(url.endsWith("/") ? url : url + "/", null);
            }
            var command = Optional.ofNullable(System.getenv("DAV424_COMMAND")).orElse("dav424");
            try {
                var flags = new ArrayList<>(List.of(command, "serve", "--port", "0"));
                if (!System.getProperty("os.name").startsWith("Windows")) {
                    flags.add("--exit-with-parent");
                }
                var process = new ProcessBuilder(flags).redirectError(Redirect.INHERIT).start();
                var line = new BufferedReader(new InputStreamReader(process.getInputStream())).readLine();
                if (line == null || !line.startsWith("dav424 ready url=")) {
                    throw new IllegalStateException(command + " serve did not start; its reason is above");
                }
                return new Server(line.substring("dav424 ready url=".length()).split(" ")[0], process);
            } catch (IOException error) {
                throw new IllegalStateException("put dav424 on the PATH, or its path into DAV424_COMMAND: " + error, error);
            }
        }

        @Override
        public void close() throws InterruptedException {
            if (process != null) {
                process.destroy();
                process.waitFor();
            }
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Space.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getStore(NAMESPACE).getOrComputeIfAbsent("space", key -> newSpace(context), Space.class);
    }

    private static Space newSpace(ExtensionContext context) {
        var server = context.getRoot().getStore(NAMESPACE).getOrComputeIfAbsent("server", key -> Server.connect(), Server.class);
        var scenario = AnnotationSupport.findAnnotation(context.getElement(), Scenario.class)
            .or(() -> AnnotationSupport.findAnnotation(context.getRequiredTestClass(), Scenario.class));
        var name = scenario.map(Scenario::value).orElse("playground");
        var id = "junit-" + UUID.randomUUID();
        var space = new Space(server.url(), id, server.url() + "s/" + id + "/" + name + "/");
        var causes = String.join(", ", scenario.map(Scenario::causes).orElse(new String[0]));
        space.call("PUT", "", "{\"scenario\": \"" + name + "\", \"expires-in\": 3600, \"causes\": [" + causes + "]}");
        return space;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        var space = context.getStore(NAMESPACE).get("space", Space.class);
        if (space != null && context.getExecutionException().isPresent()) {
            System.err.println("dav424 " + space.url() + "\n\n" + space.explain());
        } else if (space != null) {
            space.call("DELETE", "", null);
        }
    }
}
