package dev.caravan.testkit;

import dev.caravan.net.FreePort;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** A Kafka of one node in a process of its own, with a client for programs and for the operator. */
public final class KafkaBroker implements AutoCloseable {
    private static final String CLUSTER = "AAAAAAAAQACAAAAAAAAAAA";
    private static final int LAST_CHARACTERS = 3000;

    private final Path folder;
    private final Process process;
    private final String address;
    private final Admin admin;
    private final KafkaProducer<byte[], byte[]> producer;

    public KafkaBroker(Path folder) throws Exception {
        this.folder = Files.createDirectories(folder);
        int port = FreePort.at("127.0.0.1");
        address = "127.0.0.1:" + port;
        Path properties =
                Files.writeString(folder.resolve("server.properties"), properties(port, FreePort.at("127.0.0.1")));
        Process format =
                java("kafka.tools.StorageTool", "format", "--cluster-id", CLUSTER, "--config", properties.toString());
        if (format.waitFor() != 0) {
            throw new AssertionError("no store of Kafka: " + log());
        }
        process = java("kafka.Kafka", properties.toString());
        Map<String, Object> client = Map.of("bootstrap.servers", address, "request.timeout.ms", "60000");
        admin = Admin.create(client);
        producer = new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer());
        Await.until("Kafka answers", this::answers);
    }

    private String properties(int port, int controller) {
        return String.join(
                "\n",
                "process.roles=broker,controller",
                "node.id=1",
                "controller.quorum.voters=1@127.0.0.1:" + controller,
                "listeners=PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controller,
                "advertised.listeners=PLAINTEXT://127.0.0.1:" + port,
                "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
                "controller.listener.names=CONTROLLER",
                "log.dirs=" + folder.resolve("logs"),
                "auto.create.topics.enable=false",
                "offsets.topic.num.partitions=1",
                "offsets.topic.replication.factor=1",
                "transaction.state.log.replication.factor=1",
                "transaction.state.log.min.isr=1",
                "share.coordinator.state.topic.replication.factor=1",
                "group.initial.rebalance.delay.ms=0",
                "");
    }

    private Process java(String main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"));
        command.addAll(List.of("-cp", SeparateClassPath.of("kafka"), main));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
                .start();
    }

    private String log() throws IOException {
        try (InputStream in = Files.newInputStream(folder.resolve("log"))) {
            String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return all.substring(Math.max(0, all.length() - LAST_CHARACTERS));
        }
    }

    private boolean answers() {
        try {
            if (!process.isAlive()) {
                throw new AssertionError("Kafka ended: " + log());
            }
            return !admin.describeCluster().nodes().get(1, TimeUnit.SECONDS).isEmpty();
        } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
            return false;
        } catch (InterruptedException | IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Where clients connect. */
    public String address() {
        return address;
    }

    public void make(String topic, int partitions) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, Optional.of(partitions), Optional.empty())))
                .all()
                .get();
    }

    /** Puts a record into the first partition, with headers. */
    public void put(String topic, String value, Map<String, String> headers) throws Exception {
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(topic, 0, null, value.getBytes(StandardCharsets.ISO_8859_1));
        headers.forEach((name, text) -> record.headers().add(name, text.getBytes(StandardCharsets.UTF_8)));
        producer.send(record).get();
    }

    /** The next offset that a group wants of the first partition. */
    public long committed(String group, String topic) {
        try {
            OffsetAndMetadata offset = admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .get(new TopicPartition(topic, 0));
            return offset == null ? 0 : offset.offset();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    /** Lets a group, of which nobody is there, begin again at an offset. */
    public void rewind(String group, String topic, long offset) throws Exception {
        admin.alterConsumerGroupOffsets(group, Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(offset)))
                .all()
                .get();
    }

    /** Forgets members that were killed; by itself Kafka does so after 45 seconds. */
    public void forgetMembers(String group) throws Exception {
        admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions())
                .all()
                .get();
    }

    /** So many records of a topic, when they are there, in the order in which a reader gets them. */
    public List<ConsumerRecord<String, String>> read(String topic, int count) {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", address, "group.id", "reader", "auto.offset.reset", "earliest");
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            Await.until(count + " records are there", () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                return records.size() >= count;
            });
        }
        return records;
    }

    @Override
    public void close() throws Exception {
        producer.close(Duration.ZERO);
        admin.close(Duration.ZERO);
        process.destroyForcibly().waitFor();
    }
}
