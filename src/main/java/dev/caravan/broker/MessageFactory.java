package dev.caravan.broker;

import jakarta.jms.DeliveryMode;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.io.Serializable;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import org.apache.activemq.command.ActiveMQBytesMessage;
import org.apache.activemq.command.ActiveMQMapMessage;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQObjectMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQStreamMessage;
import org.apache.activemq.command.ActiveMQTextMessage;
import org.apache.activemq.command.ActiveMQTopic;
import org.jspecify.annotations.Nullable;

/** A session that only creates messages, and needs no connection; its producers only remember how they are to send. */
final class MessageFactory {
    private static final String DELIVERY_MODE = "DeliveryMode";
    private static final String PRIORITY = "Priority";
    private static final String TIME_TO_LIVE = "TimeToLive";

    private MessageFactory() {}

    /** Thread-safe; methods that send or receive throw. */
    static final Session SESSION = (Session) Proxy.newProxyInstance(
            MessageFactory.class.getClassLoader(), new Class<?>[] {Session.class}, (proxy, method, arguments) -> {
                Object first = first(arguments);
                return switch (method.getName()) {
                    case "createMessage" -> new ActiveMQMessage();
                    case "createBytesMessage" -> new ActiveMQBytesMessage();
                    case "createMapMessage" -> new ActiveMQMapMessage();
                    case "createStreamMessage" -> new ActiveMQStreamMessage();
                    case "createTextMessage" -> text((String) first);
                    case "createObjectMessage" -> object((Serializable) first);
                    case "createQueue" -> new ActiveMQQueue((String) first);
                    case "createTopic" -> new ActiveMQTopic((String) first);
                    case "createProducer" -> producer((Destination) first);
                    case "getTransacted" -> true;
                    case "getAcknowledgeMode" -> Session.SESSION_TRANSACTED;
                    default -> ofObject(proxy, method.getName(), first);
                };
            });

    private static @Nullable Object first(Object @Nullable [] arguments) {
        return arguments == null || arguments.length == 0 ? null : arguments[0];
    }

    private static Object ofObject(Object proxy, String method, @Nullable Object first) {
        return switch (method) {
            case "toString" -> "a session that creates messages";
            case "hashCode" -> System.identityHashCode(proxy);
            case "equals" -> proxy == first;
            default -> throw new UnsupportedOperationException(method + " (expected: to create messages)");
        };
    }

    private static Message text(@Nullable String text) throws JMSException {
        ActiveMQTextMessage message = new ActiveMQTextMessage();
        if (text != null) {
            message.setText(text);
        }
        return message;
    }

    private static Message object(@Nullable Serializable object) throws JMSException {
        ActiveMQObjectMessage message = new ActiveMQObjectMessage();
        if (object != null) {
            message.setObject(object);
        }
        return message;
    }

    private static MessageProducer producer(@Nullable Destination destination) {
        Map<String, Object> settings = new HashMap<>(
                Map.of(DELIVERY_MODE, DeliveryMode.PERSISTENT, PRIORITY, Message.DEFAULT_PRIORITY, TIME_TO_LIVE, 0L));
        settings.putAll(Map.of("DeliveryDelay", 0L, "DisableMessageID", false, "DisableMessageTimestamp", false));
        return (MessageProducer) Proxy.newProxyInstance(
                MessageFactory.class.getClassLoader(),
                new Class<?>[] {MessageProducer.class},
                (proxy, method, arguments) -> {
                    String name = method.getName();
                    Object first = first(arguments);
                    if (name.startsWith("set") && first != null) {
                        settings.put(name.substring(3), first);
                        return null;
                    }
                    if (name.equals("getDestination")) {
                        return destination;
                    }
                    if (name.startsWith("get") && settings.containsKey(name.substring(3))) {
                        return settings.get(name.substring(3));
                    }
                    return name.equals("close") ? null : ofObject(proxy, name, first);
                });
    }
}
