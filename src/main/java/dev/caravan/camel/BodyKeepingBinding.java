package dev.caravan.camel;

import dev.caravan.broker.MessageCopy;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.component.jms.JmsBinding;
import org.apache.camel.component.jms.JmsEndpoint;

/**
 * Sends a message that a route consumed from a queue, and did not map to another body, with its body. Camel would send
 * an empty message.
 */
final class BodyKeepingBinding extends JmsBinding {
    BodyKeepingBinding(JmsEndpoint endpoint) {
        super(endpoint);
    }

    @Override
    protected Message createJmsMessage(
            Exchange exchange, Object body, Map<String, Object> headers, Session session, CamelContext context)
            throws JMSException {
        return body instanceof Message received
                ? MessageCopy.bodyOf(received)
                : super.createJmsMessage(exchange, body, headers, session, context);
    }
}
