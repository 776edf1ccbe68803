// How many messages each queue holds. Run beside a server, as the same user:
//   jshell -s -R-Dpid=PID docs/jmx/queues.jsh
import javax.management.ObjectName;
import javax.management.remote.*;

var machine = com.sun.tools.attach.VirtualMachine.attach(System.getProperty("pid"));
var address = new JMXServiceURL(machine.startLocalManagementAgent());
var broker = JMXConnectorFactory.connect(address).getMBeanServerConnection();
var names = broker.queryNames(
    new ObjectName("org.apache.activemq:type=Broker,brokerName=caravan,destinationType=Queue,destinationName=*"), null);
for (var name : new TreeSet<>(names)) {
    System.out.printf("%8d  %s%n", broker.getAttribute(name, "QueueSize"), name.getKeyProperty("destinationName"));
}
/exit
