package dev.caravan.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Contexts of the JDK for libraries that make their own sockets or engines of them. Whatever the JDK would allow, these
 * speak TLS 1.2 and 1.3 only, with the cipher suites of this server. Thread-safe.
 */
public final class SocketTls {
    private static final TlsVersion OLDEST = TlsVersion.TLS_1_2;
    private static final KeyManager[] NO_KEYS = {};

    private SocketTls() {}

    /** For listening sockets. Clients are not asked for a certificate. */
    public static SSLContext server(X509ExtendedKeyManager keys, List<String> versions) {
        return context(new KeyManager[] {keys}, Trust.any().manager(), versions);
    }

    /**
     * For clients. The name in a certificate is compared with that of the host if the socket's parameters ask for that.
     *
     * @param trust whose certificates are accepted.
     */
    public static SSLContext client(Trust trust) {
        return context(NO_KEYS, new NamesByTheJdk(trust.manager()), OLDEST.andNewer());
    }

    private static SSLContext context(KeyManager[] keys, TrustManager trust, List<String> versions) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, new TrustManager[] {trust}, null);
            SSLParameters limits = new SSLParameters(
                    CipherSuites.since(OLDEST).toArray(String[]::new), versions.toArray(String[]::new));
            return new SSLContext(new Limited(context, limits), context.getProvider(), context.getProtocol()) {};
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK cannot make a context of TLS", e);
        }
    }

    /** To one that is not extended, the JDK adds its own checks of names and algorithms. */
    private static final class NamesByTheJdk implements X509TrustManager {
        private final X509TrustManager chains;

        NamesByTheJdk(X509TrustManager chains) {
            this.chains = chains;
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            chains.checkClientTrusted(chain, type);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            chains.checkServerTrusted(chain, type);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return chains.getAcceptedIssuers();
        }
    }

    /** A context whose sockets and engines begin with limits. */
    private static final class Limited extends SSLContextSpi {
        private final SSLContext context;
        private final SSLParameters limits;

        Limited(SSLContext context, SSLParameters limits) {
            this.context = context;
            this.limits = limits;
        }

        @Override
        protected void engineInit(
                KeyManager @Nullable [] keys, TrustManager @Nullable [] trust, @Nullable SecureRandom random) {
            throw new IllegalStateException("is initialized already");
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            return new ClientSockets(context.getSocketFactory(), limits);
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            return new ServerSockets(context.getServerSocketFactory(), limits);
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            return limited(context.createSSLEngine());
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String host, int port) {
            return limited(context.createSSLEngine(host, port));
        }

        private SSLEngine limited(SSLEngine engine) {
            engine.setEnabledProtocols(limits.getProtocols());
            engine.setEnabledCipherSuites(limits.getCipherSuites());
            return engine;
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            return context.getServerSessionContext();
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            return context.getClientSessionContext();
        }

        @Override
        protected SSLParameters engineGetDefaultSSLParameters() {
            return limits;
        }
    }

    private static final class ClientSockets extends SSLSocketFactory {
        private final SSLSocketFactory sockets;
        private final SSLParameters limits;

        ClientSockets(SSLSocketFactory sockets, SSLParameters limits) {
            this.sockets = sockets;
            this.limits = limits;
        }

        private Socket limited(Socket made) {
            SSLSocket socket = (SSLSocket) made;
            socket.setEnabledProtocols(limits.getProtocols());
            socket.setEnabledCipherSuites(limits.getCipherSuites());
            return socket;
        }

        @Override
        public String[] getDefaultCipherSuites() {
            return limits.getCipherSuites();
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return limits.getCipherSuites();
        }

        @Override
        public Socket createSocket() throws IOException {
            return limited(sockets.createSocket());
        }

        @Override
        public Socket createSocket(Socket plain, String host, int port, boolean closesPlain) throws IOException {
            return limited(sockets.createSocket(plain, host, port, closesPlain));
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            return limited(sockets.createSocket(host, port));
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
            return limited(sockets.createSocket(host, port, local, localPort));
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            return limited(sockets.createSocket(host, port));
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
            return limited(sockets.createSocket(host, port, local, localPort));
        }
    }

    private static final class ServerSockets extends SSLServerSocketFactory {
        private final SSLServerSocketFactory sockets;
        private final SSLParameters limits;

        ServerSockets(SSLServerSocketFactory sockets, SSLParameters limits) {
            this.sockets = sockets;
            this.limits = limits;
        }

        private ServerSocket limited(ServerSocket made) {
            SSLServerSocket socket = (SSLServerSocket) made;
            socket.setEnabledProtocols(limits.getProtocols());
            socket.setEnabledCipherSuites(limits.getCipherSuites());
            return socket;
        }

        @Override
        public String[] getDefaultCipherSuites() {
            return limits.getCipherSuites();
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return limits.getCipherSuites();
        }

        @Override
        public ServerSocket createServerSocket() throws IOException {
            return limited(sockets.createServerSocket());
        }

        @Override
        public ServerSocket createServerSocket(int port) throws IOException {
            return limited(sockets.createServerSocket(port));
        }

        @Override
        public ServerSocket createServerSocket(int port, int backlog) throws IOException {
            return limited(sockets.createServerSocket(port, backlog));
        }

        @Override
        public ServerSocket createServerSocket(int port, int backlog, InetAddress address) throws IOException {
            return limited(sockets.createServerSocket(port, backlog, address));
        }
    }
}
