package dev.caravan.tls;

import dev.caravan.testkit.TestCertificates;
import dev.caravan.testkit.TestCertificates.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;

/** What a client of TLS 1.0 gets, and what others in the same JVM speak; run in a JVM of its own for the JDK's TLS. */
final class OldTlsProbe {
    /** A ClientHello of TLS 1.0 with TLS_RSA_WITH_AES_128_CBC_SHA. */
    private static final byte[] HELLO = {
        22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
        21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 0, 0, 2, 0, 0x2f, 1, 0
    };

    private static final int SERVER_HELLO = 22;

    private OldTlsProbe() {}

    /** Prints a line for each: the old server, any other server, our clients, other clients. */
    public static void main(String[] arguments) throws Exception {
        OldVersions.allow();
        System.out.println("old=" + speaksOld(TlsLibrary.JDK, TlsVersion.TLS_1_0));
        System.out.println("other=" + speaksOld(TlsLibrary.JDK, TlsVersion.TLS_1_2));
        try (TlsClientContext client = TlsEngines.of(TlsLibrary.JDK).client(ClientOptions.OPPORTUNISTIC)) {
            String[] versions = client.newHandler(UnpooledByteBufAllocator.DEFAULT, "a.test", 25, Optional.empty())
                    .engine()
                    .getEnabledProtocols();
            System.out.println("client=" + new TreeSet<>(Arrays.asList(versions)));
        }
        System.out.println("default="
                + new TreeSet<>(Arrays.asList(
                        SSLContext.getDefault().getDefaultSSLParameters().getProtocols())));
        System.out.println("server="
                + new TreeSet<>(
                        Arrays.asList(SSLContext.getDefault().createSSLEngine().getEnabledProtocols())));
    }

    /** Whether a server whose oldest version is this one answers a client of TLS 1.0 in its version. */
    static boolean speaksOld(TlsLibrary library, TlsVersion oldest) throws Exception {
        ServerKeys keys = new ServerKeys(List.of(new TestCertificates().issue(Kind.RSA, "mx.test")));
        try (TlsServerContext context = TlsEngines.of(library).server(keys, ServerOptions.DEFAULT.since(oldest))) {
            EmbeddedChannel server = new EmbeddedChannel(context.newHandler(UnpooledByteBufAllocator.DEFAULT));
            try {
                server.writeInbound(Unpooled.copiedBuffer(HELLO));
            } catch (DecoderException e) {
                // The alert is sent all the same.
                server.runPendingTasks();
            }
            ByteBuf answer = server.readOutbound();
            boolean isOld = answer != null
                    && answer.getByte(0) == SERVER_HELLO
                    && answer.getByte(1) == 3
                    && answer.getByte(2) == 1;
            if (answer != null) {
                answer.release();
            }
            server.finishAndReleaseAll();
            return isOld;
        }
    }
}
