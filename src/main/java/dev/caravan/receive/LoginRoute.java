package dev.caravan.receive;

import dev.caravan.accounts.CredentialSource;
import dev.caravan.auth.LoginAnswer;
import dev.caravan.auth.LoginClient;
import dev.caravan.auth.Secret;
import dev.caravan.mail.Printable;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.support.DefaultExchange;

/**
 * Lets the route {@code direct:authenticate} decide who may log in. Its answer is that of the bean {@code login}; a route
 * that ends without one does not know the user. Each login occupies a thread, because steps of the route may block.
 */
public final class LoginRoute implements CredentialSource {
    private static final String ENDPOINT = "direct:authenticate";
    private static final int MAX_NAME = 320;

    private final ExecutorService threads;
    private volatile Optional<ProducerTemplate> template = Optional.empty();

    public LoginRoute(ExecutorService threads) {
        this.threads = threads;
    }

    /** The routes have started. */
    public void begin(CamelContext context) {
        template = Optional.of(context.createProducerTemplate());
    }

    @Override
    public CompletionStage<Optional<LoginAnswer>> check(LoginClient client, String user, Secret password) {
        return CompletableFuture.supplyAsync(() -> ask(client, user, password), threads);
    }

    private Optional<LoginAnswer> ask(LoginClient client, String user, Secret password) {
        ProducerTemplate sender =
                template.orElseThrow(() -> new IllegalStateException("the routes have not started yet"));
        Exchange exchange = new DefaultExchange(sender.getCamelContext());
        Message message = exchange.getMessage();
        message.setBody(new LoginRequest(user, password));
        message.setHeader("stage", "login");
        message.setHeader("user", Printable.line(user, MAX_NAME));
        message.setHeader("mechanism", client.mechanism().keyword());
        message.setHeader("remoteAddress", client.address().getHostAddress());
        message.setHeader("role", client.role());
        Exchange done = sender.send(ENDPOINT, exchange);
        if (done.getException() != null) {
            // Its message may be the request of a client of HTTP, with the password.
            throw new IllegalStateException("direct:authenticate failed with "
                    + done.getException().getClass().getName());
        }
        return done.getMessage().getBody() instanceof LoginAnswer answer ? Optional.of(answer) : Optional.empty();
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
