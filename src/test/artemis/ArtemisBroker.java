import java.net.URL;
import java.nio.file.Path;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptor;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;

/**
 * An Artemis broker for tests, run from its source with the class path of the pom beside it. Says where it listens when
 * it serves; its end of life is that of the process.
 */
public final class ArtemisBroker {
    private ArtemisBroker() {}

    /** @param arguments the broker's configuration file; the system properties fill its placeholders. */
    public static void main(String[] arguments) throws Exception {
        URL configuration = Path.of(arguments[0]).toUri().toURL();
        EmbeddedActiveMQ broker = new EmbeddedActiveMQ();
        broker.setConfigResourcePath(configuration.toString());
        broker.start();
        NettyAcceptor acceptor =
                (NettyAcceptor) broker.getActiveMQServer().getRemotingService().getAcceptor("mail");
        System.out.println("artemis ready broker=tcp://127.0.0.1:" + acceptor.getActualPort());
    }
}
