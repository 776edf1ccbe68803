// Moves messages from one queue to another. Run beside a server, as the same user:
//   jshell -s -R-Dpid=PID -R-Dfrom=mail.hold -R-Dto=mail.deliver.smtp -R-Dselector="transport='smtp'" docs/jmx/move.jsh
// Without a selector all are moved. A selector sees the first 400 messages only; repeat until nothing is moved.
import javax.management.ObjectName;
import javax.management.remote.*;

var machine = com.sun.tools.attach.VirtualMachine.attach(System.getProperty("pid"));
var address = new JMXServiceURL(machine.startLocalManagementAgent());
var broker = JMXConnectorFactory.connect(address).getMBeanServerConnection();
var queue = new ObjectName("org.apache.activemq:type=Broker,brokerName=caravan,destinationType=Queue,destinationName="
    + System.getProperty("from"));
var moved = broker.invoke(queue, "moveMatchingMessagesTo",
    new Object[] {System.getProperty("selector", "TRUE"), System.getProperty("to")},
    new String[] {"java.lang.String", "java.lang.String"});
System.out.println(moved + " moved, " + broker.getAttribute(queue, "QueueSize") + " left");
/exit
