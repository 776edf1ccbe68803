import com.sun.tools.attach.VirtualMachine;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.charset.StandardCharsets;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * Looks into a running server by JMX: each line that comes in is a question, each answer ends with an empty line.
 * {@code depths} answers the queues that are not empty, {@code heap} the octets in use after a collection.
 */
public final class Depths {
    private static final String QUEUES =
            "org.apache.activemq:type=Broker,brokerName=caravan,destinationType=Queue,destinationName=*";

    private Depths() {}

    public static void main(String[] args) throws Exception {
        VirtualMachine machine = VirtualMachine.attach(args[0]);
        JMXServiceURL address = new JMXServiceURL(machine.startLocalManagementAgent());
        machine.detach();
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        try (JMXConnector connector = JMXConnectorFactory.connect(address)) {
            MBeanServerConnection server = connector.getMBeanServerConnection();
            for (String question = questions.readLine(); question != null; question = questions.readLine()) {
                if (question.equals("depths")) {
                    depths(server);
                } else if (question.equals("heap")) {
                    heap(server);
                }
                System.out.println();
                System.out.flush();
            }
        }
    }

    private static void depths(MBeanServerConnection server) throws Exception {
        for (ObjectName queue : server.queryNames(new ObjectName(QUEUES), null)) {
            long depth = (Long) server.getAttribute(queue, "QueueSize");
            if (depth != 0) {
                System.out.println(queue.getKeyProperty("destinationName") + " " + depth);
            }
        }
    }

    private static void heap(MBeanServerConnection server) throws Exception {
        MemoryMXBean memory = ManagementFactory.newPlatformMXBeanProxy(
                server, ManagementFactory.MEMORY_MXBEAN_NAME, MemoryMXBean.class);
        memory.gc();
        System.out.println("heap " + memory.getHeapMemoryUsage().getUsed());
    }
}
