package dev.caravan.events;

import dev.caravan.broker.ProducerCache;
import dev.caravan.broker.TransactedSend;
import dev.caravan.mail.MailObject;
import dev.caravan.outcome.OutcomeEvent;
import dev.caravan.queue.QueueNames;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.util.Optional;

/**
 * An event to be sent to a reader.
 *
 * @param event what happened.
 * @param queue where it goes; empty for the topic.
 * @param json the event as text.
 */
public record EventMessage(OutcomeEvent event, Optional<String> queue, String json) implements TransactedSend {
    @Override
    public long size() {
        return json.length();
    }

    @Override
    public void send(Session session, ProducerCache producers) throws JMSException {
        MailObject mail = event.about().item().mail();
        Message message = session.createTextMessage(json);
        message.setStringProperty("event", event.kind().word());
        message.setStringProperty("eventId", event.id());
        message.setStringProperty("mailId", mail.id().text());
        message.setStringProperty(
                "domain", event.about().recipient().path().domain().key());
        Optional<String> envelopeId = mail.envelope().parameters().envelopeId();
        if (envelopeId.isPresent()) {
            message.setStringProperty("envId", envelopeId.get());
            message.setJMSCorrelationID(envelopeId.get());
        }
        MessageProducer producer = queue.isPresent() ? producers.to(queue.get()) : producers.toTopic(QueueNames.EVENTS);
        producer.send(message);
    }
}
