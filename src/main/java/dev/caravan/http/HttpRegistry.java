package dev.caravan.http;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * The resources of an HTTP listener. Decides which of them answers a request, and refuses requests for unknown paths (404),
 * by other methods (405), and of clients without the role (401, 403). Thread-safe; {@link #find} never blocks.
 */
public final class HttpRegistry {
    private final Authenticator authenticator;
    /** The most specific path first; of equal paths the resource that was added last. */
    private volatile List<HttpResource> resources = List.of();

    public HttpRegistry(Authenticator authenticator) {
        this.authenticator = authenticator;
    }

    /**
     * Adds a resource. It takes precedence over others with the same path and method, so that a route which is reloaded may
     * start before its predecessor stops.
     *
     * @throws IllegalArgumentException if the server itself answers the path.
     */
    public synchronized void add(HttpResource resource) {
        requireFree(resource.path());
        List<HttpResource> sorted = new ArrayList<>(resources);
        sorted.add(0, resource);
        // A stable sort.
        sorted.sort(Comparator.comparing(HttpResource::path));
        resources = List.copyOf(sorted);
    }

    /** Removes a resource that was added: itself, and not another one for the same path. */
    // A successor may be equal.
    @SuppressWarnings("ReferenceEquality")
    public synchronized void remove(HttpResource resource) {
        resources = resources.stream().filter(each -> !each.equals(resource)).toList();
    }

    /** @throws IllegalArgumentException if the server itself answers a path, so that no route may. */
    void requireFree(HttpPath path) {
        for (HttpResource resource : resources) {
            if (resource.isOwn() && resource.path().equals(path)) {
                throw new IllegalArgumentException(path + " is answered by the server itself (expected: another path)");
            }
        }
    }

    /** The resources of a requested path, or none. */
    Candidates find(String path) {
        List<HttpResource> matching = resources.stream()
                .filter(resource -> resource.path().match(path).isPresent())
                .toList();
        List<HttpResource> own = matching.stream().filter(HttpResource::isOwn).toList();
        return new Candidates(path, own.isEmpty() ? matching : own);
    }

    /** The resources whose paths match a request, the most specific first. */
    final class Candidates {
        private final String path;
        private final List<HttpResource> matching;

        private Candidates(String path, List<HttpResource> matching) {
            this.path = path;
            this.matching = matching;
        }

        boolean isEmpty() {
            return matching.isEmpty();
        }

        /** Whether a page of the server itself answers. */
        boolean isOwn() {
            return !matching.isEmpty() && matching.get(0).isOwn();
        }

        HttpResponse notFound() {
            return HttpResponse.refusal(404, "nothing is here");
        }

        /**
         * Answers a request; not on an event loop.
         *
         * @param method of the request.
         * @param request makes the request for the method that the handler sees.
         * @throws Exception on a fault of the server.
         */
        HttpResponse answer(String method, RequestMaker request) throws Exception {
            Optional<HttpResource> found = matching.stream()
                    .filter(resource -> resource.methods().contains(method))
                    .findFirst()
                    .or(() -> matching.stream()
                            .filter(resource -> resource.answers(method))
                            .findFirst());
            if (found.isEmpty()) {
                String allow = HttpResource.allow(matching);
                return HttpResponse.refusal(405, "expected: " + allow).with("Allow", allow);
            }
            HttpResource resource = found.get();
            HttpRequest made;
            try {
                made = request.make(
                        resource.handled(method), resource.path().match(path).orElseGet(Map::of));
            } catch (IllegalArgumentException e) {
                return HttpResponse.refusal(400, "malformed query (expected: UTF-8, percent-encoded)");
            }
            if (resource.role() != HttpRole.PUBLIC && !authenticator.roles(made).contains(resource.role())) {
                return authenticator.refusal(made);
            }
            return answered(() -> resource.handler().answer(made));
        }

        private HttpResponse answered(Callable<HttpResponse> handler) throws Exception {
            try {
                return handler.call();
            } catch (IllegalArgumentException e) {
                return HttpResponse.refusal(400, String.valueOf(e.getMessage()));
            }
        }
    }

    /** Makes the request that a handler sees. */
    interface RequestMaker {
        /** @throws IllegalArgumentException if the query is malformed. */
        HttpRequest make(String method, Map<String, String> variables) throws Exception;
    }
}
