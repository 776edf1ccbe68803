package dev.caravan.chaos;

import dev.caravan.testkit.HostileScenes;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hostile clients in numbers: each round of {@code chaos.rounds} has 250 slow clients (5000 with the default of 20),
 * 500 connections in a flood, and as much of the rest. The machine must allow two open files for each connection.
 */
class HostileClientChaos {
    private static final int ROUNDS = Integer.getInteger("chaos.rounds", 20);
    private static final int SLOW = 250 * ROUNDS;
    private static final int SPARE = 20;

    @TempDir
    Path folder;

    private HostileScenes scenes;

    @BeforeEach
    void start() throws Exception {
        scenes = new HostileScenes(folder, SLOW + SPARE);
    }

    @AfterEach
    void stop() {
        scenes.close();
    }

    @Test
    void slowClients() throws Exception {
        scenes.slowClients(SLOW, 60, 1000);
    }

    @Test
    void floodOfConnections() throws Exception {
        scenes.floodOfConnections(SLOW + SPARE + 100 * ROUNDS, SLOW + SPARE);
    }

    @Test
    void openedAndDropped() throws Exception {
        scenes.openedAndDropped(1000 * ROUNDS);
    }

    @Test
    void endlessLines() throws Exception {
        scenes.endlessCommandLine(50 * ROUNDS);
        scenes.endlessHeader(50 * ROUNDS);
        scenes.endlessContentLine(50 * ROUNDS);
    }

    @Test
    void recipients() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            scenes.recipients(1_000_000);
        }
    }

    @Test
    void commands() throws Exception {
        for (String command : HostileScenes.JUNK_COMMANDS) {
            for (int i = 0; i < ROUNDS; i++) {
                scenes.commands(command, 100_000);
            }
        }
    }

    @Test
    void randomOctets() throws Exception {
        scenes.randomOctets(200 * ROUNDS);
    }

    @Test
    void otherProtocols() throws Exception {
        scenes.otherProtocols(50 * ROUNDS);
    }

    @Test
    void earlyTalkers() throws Exception {
        scenes.earlyTalkers(100 * ROUNDS);
    }

    @Test
    void tornOffMails() throws Exception {
        scenes.leftInTheMiddle(25 * ROUNDS, true);
        scenes.leftInTheMiddle(25 * ROUNDS, false);
    }

    @Test
    void neverReading() throws Exception {
        scenes.neverReading(25 * ROUNDS);
    }
}
