package dev.caravan.accounts;

import com.unboundid.ldap.sdk.BindRequest;
import com.unboundid.ldap.sdk.DN;
import com.unboundid.ldap.sdk.FailoverServerSet;
import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPConnectionOptions;
import com.unboundid.ldap.sdk.LDAPConnectionPool;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.PostConnectProcessor;
import com.unboundid.ldap.sdk.RDN;
import com.unboundid.ldap.sdk.ResultCode;
import com.unboundid.ldap.sdk.SearchRequest;
import com.unboundid.ldap.sdk.SearchResultEntry;
import com.unboundid.ldap.sdk.SearchScope;
import com.unboundid.ldap.sdk.ServerSet;
import com.unboundid.ldap.sdk.SimpleBindRequest;
import com.unboundid.ldap.sdk.SingleServerSet;
import com.unboundid.ldap.sdk.StartTLSPostConnectProcessor;
import com.unboundid.util.ssl.HostNameSSLSocketVerifier;
import com.unboundid.util.ssl.JVMDefaultTrustManager;
import com.unboundid.util.ssl.PEMFileTrustManager;
import com.unboundid.util.ssl.SSLUtil;
import dev.caravan.auth.Grant;
import dev.caravan.auth.LoginAnswer;
import dev.caravan.auth.LoginClient;
import dev.caravan.auth.LoginFailure;
import dev.caravan.auth.Passwords;
import dev.caravan.auth.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;

/**
 * Users of an LDAP directory, whose passwords are checked by a bind (RFC 4513 §5.1.3). The user's DN comes from a template
 * or from a search. Servers are tried in their order.
 */
final class LdapSource implements CredentialSource {
    private static final String USER = "{user}";
    private static final int LDAP = 389;
    private static final int LDAPS = 636;
    private static final int MOST_CONNECTIONS = 8;

    /**
     * Where and how to ask.
     *
     * @param urls {@code ldap://host:port} or {@code ldaps://host:port}.
     * @param startsTls whether {@code ldap:} connections use StartTLS.
     * @param ca certificates that are trusted, as PEM; empty for those of Java.
     * @param dn of a user, with {@code {user}}; empty to search.
     * @param base below which to search.
     * @param filter of the search, with {@code {user}}.
     * @param nameAttribute whose value is the user's name; empty for the name that the client gave.
     * @param bindDn as whom to search; empty for nobody.
     * @param bindPassword of that DN.
     * @param timeout for a connection and for an answer.
     */
    record Access(
            List<String> urls,
            boolean startsTls,
            Optional<Path> ca,
            Optional<String> dn,
            String base,
            String filter,
            String nameAttribute,
            String bindDn,
            Secret bindPassword,
            Duration timeout) {}

    private final Access access;
    private final ExecutorService threads;
    private final LDAPConnectionPool pool;

    /** @throws IllegalArgumentException if the addresses, the template or the filter cannot be used. */
    LdapSource(Access access, ExecutorService threads) {
        this.access = access;
        this.threads = threads;
        try {
            access.dn().ifPresent(template -> dn(template, "x"));
            filter(access.filter(), "x");
            BindRequest bind = access.bindDn().isEmpty()
                    ? new SimpleBindRequest()
                    : new SimpleBindRequest(
                            access.bindDn(), access.bindPassword().reveal());
            Optional<PostConnectProcessor> startTls = access.startsTls() && !isAllImplicit(access.urls())
                    ? Optional.of(
                            new StartTLSPostConnectProcessor(tls(access.ca()).createSSLContext()))
                    : Optional.empty();
            this.pool =
                    new LDAPConnectionPool(servers(access), bind, 0, MOST_CONNECTIONS, 0, startTls.orElse(null), false);
        } catch (LDAPException | GeneralSecurityException e) {
            throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
        }
        pool.setMaxWaitTimeMillis(access.timeout().toMillis());
        pool.setCreateIfNecessary(true);
        // A connection that the server has closed meanwhile is no reason to refuse a user.
        pool.setRetryFailedOperationsDueToInvalidConnections(true);
    }

    private static boolean isAllImplicit(List<String> urls) {
        return urls.stream().allMatch(url -> url.startsWith("ldaps:"));
    }

    private static SSLUtil tls(Optional<Path> ca) throws GeneralSecurityException {
        try {
            return ca.isPresent()
                    ? new SSLUtil(new PEMFileTrustManager(ca.get().toFile()))
                    : new SSLUtil(JVMDefaultTrustManager.getInstance());
        } catch (KeyStoreException e) {
            throw new GeneralSecurityException(
                    "cannot read " + ca.map(Path::toString).orElse(""), e);
        }
    }

    private static ServerSet servers(Access access) throws GeneralSecurityException {
        LDAPConnectionOptions options = new LDAPConnectionOptions();
        options.setUseSynchronousMode(true);
        options.setConnectTimeoutMillis((int) access.timeout().toMillis());
        options.setResponseTimeoutMillis(access.timeout().toMillis());
        options.setFollowReferrals(false);
        options.setSSLSocketVerifier(new HostNameSSLSocketVerifier(true));
        List<ServerSet> servers = new ArrayList<>();
        for (String text : access.urls()) {
            URI url = URI.create(text);
            boolean isImplicit = url.getScheme().equals("ldaps");
            int port = url.getPort() >= 0 ? url.getPort() : isImplicit ? LDAPS : LDAP;
            String host = url.getHost().replaceAll("[\\[\\]]", "");
            servers.add(
                    isImplicit
                            ? new SingleServerSet(host, port, tls(access.ca()).createSSLSocketFactory(), options)
                            : new SingleServerSet(host, port, options));
        }
        FailoverServerSet all = new FailoverServerSet(servers);
        all.setReOrderOnFailover(true);
        return all;
    }

    @Override
    public CompletionStage<Optional<LoginAnswer>> check(LoginClient client, String user, Secret password) {
        return CompletableFuture.supplyAsync(() -> ask(user, password), threads);
    }

    private Optional<LoginAnswer> ask(String user, Secret password) {
        Optional<Secret> prepared = Passwords.prepared(password);
        // A bind without a password succeeds for everybody (RFC 4513 §5.1.2).
        if (prepared.isEmpty()) {
            return Optional.of(new LoginAnswer.Refused(LoginFailure.CREDENTIALS));
        }
        try {
            String name = user;
            DN dn;
            if (access.dn().isPresent()) {
                dn = dn(access.dn().get(), user);
            } else {
                Optional<SearchResultEntry> entry = search(user);
                if (entry.isEmpty()) {
                    return Optional.empty();
                }
                dn = entry.get().getParsedDN();
                name = Optional.ofNullable(
                                access.nameAttribute().isEmpty()
                                        ? null
                                        : entry.get().getAttributeValue(access.nameAttribute()))
                        .orElse(user);
            }
            pool.bindAndRevertAuthentication(
                    new SimpleBindRequest(dn, prepared.get().reveal()));
            return Optional.of(new LoginAnswer.Accepted(name, Grant.LASTING));
        } catch (LDAPException e) {
            ResultCode code = e.getResultCode();
            if (code.equals(ResultCode.INVALID_CREDENTIALS)) {
                return Optional.of(new LoginAnswer.Refused(LoginFailure.CREDENTIALS));
            }
            if (code.equals(ResultCode.NO_SUCH_OBJECT) || code.equals(ResultCode.INVALID_DN_SYNTAX)) {
                return Optional.empty();
            }
            if (code.equals(ResultCode.UNWILLING_TO_PERFORM)
                    || code.equals(ResultCode.CONSTRAINT_VIOLATION)
                    || code.equals(ResultCode.INAPPROPRIATE_AUTHENTICATION)) {
                return Optional.of(new LoginAnswer.Refused(LoginFailure.DISABLED));
            }
            throw new CompletionException("LDAP: " + e.getExceptionMessage(), e);
        }
    }

    /** The entry of a user; empty if there is none, or more than one, which must never be guessed. */
    private Optional<SearchResultEntry> search(String user) throws LDAPException {
        List<String> attributes = access.nameAttribute().isEmpty() ? List.of("1.1") : List.of(access.nameAttribute());
        SearchRequest request = new SearchRequest(
                access.base(), SearchScope.SUB, filter(access.filter(), user), attributes.toArray(String[]::new));
        request.setSizeLimit(2);
        List<SearchResultEntry> found = pool.search(request).getSearchEntries();
        return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
    }

    private static Filter filter(String template, String user) throws LDAPException {
        return Filter.create(template.replace(USER, Filter.encodeValue(user)));
    }

    private static DN dn(String template, String user) {
        try {
            // Only the value of an RDN may come from a client.
            String value = new RDN("x", user).toMinimallyEncodedString().substring(2);
            return new DN(template.replace(USER, value));
        } catch (LDAPException e) {
            throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public void close() {
        threads.shutdown();
        pool.close();
    }
}
