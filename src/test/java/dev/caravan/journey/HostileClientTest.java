package dev.caravan.journey;

import dev.caravan.testkit.HostileScenes;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each scene with a few clients; {@code HostileClientChaos} has the same with thousands. */
@Tag("server")
class HostileClientTest {
    private static final int CONNECTIONS = 60;

    @TempDir
    static Path folder;

    private static HostileScenes scenes;

    @BeforeAll
    static void start() throws Exception {
        scenes = new HostileScenes(folder, CONNECTIONS);
    }

    @AfterAll
    static void stop() {
        scenes.close();
    }

    @Test
    void servesOthersBesideSlowClients() throws Exception {
        scenes.slowClients(CONNECTIONS - 10, 40, 10);
    }

    @Test
    void tellsEachConnectionTooManyWhy() throws Exception {
        scenes.floodOfConnections(3 * CONNECTIONS, CONNECTIONS);
    }

    @Test
    void forgetsConnectionsThatAreDropped() throws Exception {
        scenes.openedAndDropped(100);
    }

    @Test
    void readsOverACommandLineWithoutEnd() throws Exception {
        scenes.endlessCommandLine(4);
    }

    @Test
    void readsOverAHeaderWithoutEnd() throws Exception {
        scenes.endlessHeader(4);
    }

    @Test
    void readsOverALineOfContentWithoutEnd() throws Exception {
        scenes.endlessContentLine(4);
    }

    @Test
    void endsASessionOfRecipientsWithoutEnd() throws Exception {
        scenes.recipients(5000);
    }

    @Test
    void endsASessionOfCommandsThatLeadToNoMail() throws Exception {
        for (String command : HostileScenes.JUNK_COMMANDS) {
            scenes.commands(command, 500);
        }
    }

    @Test
    void repliesToRandomOctetsOnlyWithReplies() throws Exception {
        scenes.randomOctets(20);
    }

    @Test
    void sendsOtherProtocolsAway() throws Exception {
        scenes.otherProtocols(3);
    }

    @Test
    void staysInStepWithEarlyTalkers() throws Exception {
        scenes.earlyTalkers(10);
    }

    @Test
    void takesNoMailThatIsTornOff() throws Exception {
        scenes.leftInTheMiddle(6, true);
    }

    @Test
    void takesNoMailWhoseSenderFellSilent() throws Exception {
        scenes.leftInTheMiddle(6, false);
    }

    @Test
    void keepsLittleForClientsThatNeverRead() throws Exception {
        scenes.neverReading(5);
    }
}
