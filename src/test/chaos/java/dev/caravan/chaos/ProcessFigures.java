package dev.caravan.chaos;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What a server uses when it has nothing to do.
 *
 * @param heapKib live objects after a full collection, in KiB.
 * @param threads how many there are.
 * @param handles open files and sockets.
 * @param journalFiles of the broker's store.
 * @param schedulerFiles of the broker's scheduler.
 * @param spoolFiles contents of mail.
 * @param temporaryFiles contents that are not a mail's yet, and what the broker keeps for a while.
 */
record ProcessFigures(
        long heapKib,
        long threads,
        long handles,
        long journalFiles,
        long schedulerFiles,
        long spoolFiles,
        long temporaryFiles) {

    /** Looks at a server on this machine, which collects its garbage for that. */
    static ProcessFigures of(long pid, Path data) throws IOException, InterruptedException {
        Path process = Path.of("/proc", Long.toString(pid));
        return new ProcessFigures(
                heapKib(pid),
                count(process.resolve("task"), ".*"),
                count(process.resolve("fd"), ".*"),
                count(data.resolve("broker/kahadb"), "db-[0-9]+\\.log"),
                count(data.resolve("broker/caravan/scheduler"), "db-[0-9]+\\.log"),
                count(data.resolve("spool"), "(?!tmp-).*"),
                count(data.resolve("spool"), "tmp-.*") + count(data.resolve("broker/caravan/tmp_storage"), ".*"));
    }

    /** The last line of a class histogram is the sum of all that lives. */
    private static long heapKib(long pid) throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(pid),
                        "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        String histogram = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        jcmd.waitFor();
        return histogram
                .lines()
                .filter(line -> line.startsWith("Total"))
                .mapToLong(line -> Long.parseLong(line.strip().split("\\s+")[2]) >> 10)
                .findFirst()
                .orElseThrow(() -> new IOException(histogram));
    }

    private static long count(Path folder, String names) throws IOException {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches(names))
                    .count();
        }
    }

    /** Whether these, taken later, are as the other ones: a little more of what comes and goes is no growth. */
    boolean isAs(ProcessFigures before) {
        return heapKib <= before.heapKib * 5 / 4 + 4096
                && threads <= before.threads + 8
                && handles <= before.handles + 16
                && journalFiles <= before.journalFiles + 1
                && schedulerFiles <= before.schedulerFiles + 1
                && spoolFiles <= before.spoolFiles
                && temporaryFiles <= before.temporaryFiles;
    }
}
