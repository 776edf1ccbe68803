package dev.caravan.broker;

import org.apache.activemq.broker.Broker;
import org.apache.activemq.broker.BrokerFilter;
import org.apache.activemq.broker.ConnectionContext;
import org.apache.activemq.command.ConnectionInfo;

/**
 * Lets nobody use the broker who does not log in, this process included: a broker that pretends to be one of a network
 * could otherwise make this one connect to itself, and use that connection. The library logs each refusal and ends the
 * connection. Thread-safe.
 */
final class LoginFilter extends BrokerFilter {
    private final BrokerLogin login;

    LoginFilter(Broker next, BrokerLogin login) {
        super(next);
        this.login = login;
    }

    /** @throws SecurityException if the client does not give the right name and password. */
    @Override
    public void addConnection(ConnectionContext context, ConnectionInfo info) throws Exception {
        if (!login.isSame(info.getUserName(), info.getPassword())) {
            throw new SecurityException("User name or password is invalid");
        }
        super.addConnection(context, info);
    }
}
