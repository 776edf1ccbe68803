package dev.caravan.dns;

import dev.caravan.dns.MxAnswer.Hosts;
import dev.caravan.dns.MxAnswer.Implicit;
import dev.caravan.dns.MxAnswer.NoMail;
import dev.caravan.dns.MxAnswer.NoSuchDomain;
import dev.caravan.dns.MxAnswer.NullMx;
import dev.caravan.mail.Domain;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Cache;
import org.xbill.DNS.DClass;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import org.xbill.DNS.lookup.LookupSession;
import org.xbill.DNS.lookup.NoSuchDomainException;
import org.xbill.DNS.lookup.NoSuchRRSetException;

/**
 * Lookups by dnsjava: UDP, and TCP for large answers. Positive and negative answers are cached for their time to live,
 * each record type separately, so that a server that wrongly denies one type does not hide the others. At most
 * {@value #MAX_ALIASES} CNAME records are followed. Lookups of one name at the same time ask once. Thread-safe.
 */
public final class DnsJavaMailDns implements MailDns {
    private static final int MAX_ALIASES = 10;
    private static final int LONGEST_POSITIVE_SECONDS = 86_400;
    // A domain that was just created must not be refused for long.
    private static final int LONGEST_NEGATIVE_SECONDS = 300;
    private static final int MAX_MX_HOSTS = 100;
    private static final int MAX_ADDRESSES = 100;
    private static final int ANSWER_THREADS = 4;
    private static final long ANSWER_THREAD_IDLE_SECONDS = 10;
    private static final int MAX_REASON = 200;
    private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9_-]{1,63}(?:\\.[A-Za-z0-9_-]{1,63})*");
    private static final Pattern UNPRINTABLE = Pattern.compile("[^ -~]");

    /**
     * A negative answer without a SOA record has no time to live (RFC 2308 §5), but not each delivery to a domain has to
     * ask for it again.
     */
    private static final Duration NEGATIVE_HOLDS = Duration.ofSeconds(5);

    private final List<Cache> caches = new ArrayList<>();
    /** Lookups whose answers are awaited. */
    private final Map<Asked, CompletableFuture<Found>> awaited = new ConcurrentHashMap<>();
    /** When names were found not to have records, the earliest first. */
    private final Map<Asked, Absence> absences = new LinkedHashMap<>();

    private final int mostAbsences;
    private final Map<Integer, LookupSession> sessions;
    private final long longestLookupMillis;

    public DnsJavaMailDns(DnsSettings settings) {
        List<Resolver> resolvers = settings.servers().stream()
                .<Resolver>map(server -> new StrictResolver(server, settings.queryTimeout()))
                .toList();
        PacedResolver all = new PacedResolver(resolvers);
        all.setRetries(settings.triesPerServer());
        all.setTimeout(settings.longestLookup());
        Executor threads = answerThreads();
        List<Integer> types = List.of(Type.MX, Type.A, Type.AAAA);
        int entries = Math.max(1, settings.cacheEntries() / types.size());
        this.mostAbsences = settings.cacheEntries();
        this.sessions = types.stream().collect(Collectors.toMap(type -> type, type -> session(all, threads, entries)));
        // Each CNAME record takes a lookup; twice the longest time of one lookup is enough for them.
        this.longestLookupMillis = 2 * settings.longestLookup().toMillis();
    }

    /** NXDOMAIN holds for a whole name in dnsjava's cache, so each type has a cache of its own. */
    private LookupSession session(Resolver resolver, Executor threads, int cacheEntries) {
        Cache cache = new Cache(DClass.IN);
        cache.setMaxEntries(cacheEntries);
        cache.setMaxCache(LONGEST_POSITIVE_SECONDS);
        cache.setMaxNCache(LONGEST_NEGATIVE_SECONDS);
        caches.add(cache);
        return LookupSession.builder()
                .resolver(resolver)
                .cache(cache)
                // The limit of dnsjava includes the name that the last CNAME record leads to.
                .maxRedirects(MAX_ALIASES + 1)
                .executor(threads)
                .build();
    }

    /** Threads that run the dependents of answers; idle threads end. */
    private static Executor answerThreads() {
        AtomicInteger count = new AtomicInteger();
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                ANSWER_THREADS,
                ANSWER_THREADS,
                ANSWER_THREAD_IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                body -> {
                    Thread thread = new Thread(body, "dns-answers-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    @Override
    public void forgetAnswers() {
        caches.forEach(Cache::clearCache);
        synchronized (absences) {
            absences.clear();
        }
    }

    @Override
    public CompletionStage<MxAnswer> mx(Domain domain) {
        if (domain.isLiteral()) {
            return CompletableFuture.completedFuture(new Implicit());
        }
        return lookup(domain.key(), Type.MX).thenCompose(found -> mxAnswer(domain, found));
    }

    private CompletionStage<MxAnswer> mxAnswer(Domain domain, Found found) {
        return switch (found.outcome()) {
            case RECORDS -> CompletableFuture.completedFuture(hosts(found.records()));
            case TROUBLE -> CompletableFuture.completedFuture(new MxAnswer.TemporaryFailure(found.reason()));
            // Some servers answer NXDOMAIN where the name exists without an MX record.
            case NO_SUCH_NAME -> addresses(domain.key()).thenApply(answer -> withoutMx(answer, new NoSuchDomain()));
            case NO_RECORDS -> addresses(domain.key()).thenApply(answer -> withoutMx(answer, new NoMail()));
        };
    }

    private static MxAnswer withoutMx(AddressAnswer addresses, MxAnswer otherwise) {
        if (addresses instanceof AddressAnswer.TemporaryFailure trouble) {
            return new MxAnswer.TemporaryFailure(trouble.reason());
        }
        if (addresses instanceof AddressAnswer.Addresses) {
            return new Implicit();
        }
        if (addresses instanceof AddressAnswer.NoSuchHost) {
            return otherwise;
        }
        throw new AssertionError(addresses);
    }

    private static MxAnswer hosts(List<Record> records) {
        List<MxHost> hosts = new ArrayList<>();
        boolean isNull = true;
        for (Record record : records) {
            if (record instanceof MXRecord mx) {
                String name = mx.getTarget().toString(true);
                isNull &= mx.getTarget().equals(Name.root);
                if (HOST_NAME.matcher(name).matches()) {
                    hosts.add(new MxHost(mx.getPriority(), name));
                }
            }
        }
        if (isNull) {
            return new NullMx();
        }
        hosts.sort(Comparator.comparingInt(MxHost::preference));
        return hosts.isEmpty()
                ? new MxAnswer.TemporaryFailure("no MX record names a host")
                : new Hosts(hosts.subList(0, Math.min(hosts.size(), MAX_MX_HOSTS)));
    }

    @Override
    public CompletionStage<AddressAnswer> addresses(String hostName) {
        if (isLocalhost(hostName)) {
            return CompletableFuture.completedFuture(
                    new AddressAnswer.Addresses(List.of(InetAddress.getLoopbackAddress())));
        }
        return lookup(hostName, Type.A).thenCombine(lookup(hostName, Type.AAAA), DnsJavaMailDns::addressAnswer);
    }

    /** These names are never looked up (RFC 6761 §6.3). */
    private static boolean isLocalhost(String hostName) {
        String key = hostName.toLowerCase(Locale.ROOT);
        return key.equals("localhost") || key.endsWith(".localhost");
    }

    private static AddressAnswer addressAnswer(Found four, Found six) {
        List<InetAddress> addresses = new ArrayList<>();
        List<Record> records = new ArrayList<>(four.records());
        records.addAll(six.records());
        for (Record record : records) {
            if (record instanceof ARecord a) {
                addresses.add(a.getAddress());
            } else if (record instanceof AAAARecord aaaa) {
                addresses.add(aaaa.getAddress());
            }
        }
        if (!addresses.isEmpty()) {
            return new AddressAnswer.Addresses(addresses.subList(0, Math.min(addresses.size(), MAX_ADDRESSES)));
        }
        for (Found found : List.of(four, six)) {
            if (found.outcome() == Found.Outcome.TROUBLE) {
                return new AddressAnswer.TemporaryFailure(found.reason());
            }
        }
        boolean isNoName = four.outcome() == Found.Outcome.NO_SUCH_NAME && six.outcome() == Found.Outcome.NO_SUCH_NAME;
        return isNoName ? AddressAnswer.NoSuchHost.NO_NAME : AddressAnswer.NoSuchHost.NO_ADDRESS;
    }

    /** The result of one lookup; the reason is empty unless it failed. */
    private record Found(Outcome outcome, List<Record> records, String reason) {
        private enum Outcome {
            RECORDS,
            NO_RECORDS,
            NO_SUCH_NAME,
            TROUBLE
        }

        static Found trouble(Throwable cause) {
            String words = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
            String printable = UNPRINTABLE.matcher(words).replaceAll("?");
            return new Found(
                    Outcome.TROUBLE, List.of(), printable.substring(0, Math.min(printable.length(), MAX_REASON)));
        }
    }

    private record Asked(String name, int type) {}

    private record Absence(Found found, long atNanos) {}

    private CompletionStage<Found> lookup(String name, int type) {
        Asked asked = new Asked(name.toLowerCase(Locale.ROOT), type);
        Optional<Found> absence = absence(asked);
        if (absence.isPresent()) {
            return CompletableFuture.completedFuture(absence.get());
        }
        CompletableFuture<Found> answer = new CompletableFuture<>();
        CompletableFuture<Found> earlier = awaited.putIfAbsent(asked, answer);
        if (earlier != null) {
            return earlier;
        }
        askOrRecall(name, type).whenComplete((found, failure) -> {
            Found result = failure == null ? found : Found.trouble(failure);
            noteAbsence(asked, result);
            awaited.remove(asked, answer);
            answer.complete(result);
        });
        return answer;
    }

    private Optional<Found> absence(Asked asked) {
        synchronized (absences) {
            return Optional.ofNullable(absences.get(asked))
                    .filter(absence -> System.nanoTime() - absence.atNanos() < NEGATIVE_HOLDS.toNanos())
                    .map(Absence::found);
        }
    }

    private void noteAbsence(Asked asked, Found found) {
        if (found.outcome() != Found.Outcome.NO_RECORDS && found.outcome() != Found.Outcome.NO_SUCH_NAME) {
            return;
        }
        synchronized (absences) {
            absences.remove(asked);
            absences.put(asked, new Absence(found, System.nanoTime()));
            if (absences.size() > mostAbsences) {
                absences.remove(absences.keySet().iterator().next());
            }
        }
    }

    private CompletionStage<Found> askOrRecall(String name, int type) {
        CompletableFuture<List<Record>> records;
        try {
            Name absolute = Name.fromString(name, Name.root);
            records = Objects.requireNonNull(sessions.get(type))
                    .lookupAsync(absolute, type)
                    .thenApply(result -> result.getRecords())
                    .toCompletableFuture();
        } catch (TextParseException | RuntimeException e) {
            return CompletableFuture.completedFuture(Found.trouble(e));
        }
        if (!records.isDone()) {
            records = records.orTimeout(longestLookupMillis, TimeUnit.MILLISECONDS);
        }
        return records.handle((found, failure) -> failure == null ? records(found, type) : absence(failure));
    }

    private static Found records(List<Record> all, int type) {
        List<Record> records =
                all.stream().filter(record -> record.getType() == type).toList();
        return new Found(records.isEmpty() ? Found.Outcome.NO_RECORDS : Found.Outcome.RECORDS, records, "");
    }

    private static Found absence(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof NoSuchDomainException) {
            return new Found(Found.Outcome.NO_SUCH_NAME, List.of(), "");
        }
        if (cause instanceof NoSuchRRSetException) {
            return new Found(Found.Outcome.NO_RECORDS, List.of(), "");
        }
        return Found.trouble(cause);
    }
}
