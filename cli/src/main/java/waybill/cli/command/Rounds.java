package waybill.cli.command;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.requester.RequesterConfig;
import waybill.store.content.ContentLimits;
import waybill.update.FetchWatch;
import waybill.update.Fetcher;
import waybill.update.Holdings;
import waybill.update.share.Giving;
import waybill.upkeep.Upkeep;

/**
 * What a folder is kept current from. What the network is like is found out anew for each round; where things are given to
 * others as well, what is held is one for all rounds, and what could not begin then is tried again with the next. For one
 * thread.
 */
final class Rounds implements Upkeep.Source, Closeable {
    private final RequesterConfig config;
    private final ContentLimits limits;
    private final Optional<Holdings> holdings;
    private final Opening opening;
    private final UpdateView view;
    private @Nullable Giving giving;

    private interface Opening {
        Giving open(Holdings holdings) throws IOException;
    }

    private Rounds(
            RequesterConfig config,
            ContentLimits limits,
            Optional<Holdings> holdings,
            Opening opening,
            UpdateView view) {
        this.config = config;
        this.limits = limits;
        this.holdings = holdings;
        this.opening = opening;
        this.view = view;
    }

    /** For this machine alone. */
    static Rounds alone(RequesterConfig config, ContentLimits limits, UpdateView view) {
        return new Rounds(
                config,
                limits,
                Optional.empty(),
                _ -> {
                    throw new IllegalStateException("nothing is given");
                },
                view);
    }

    /** For others too. */
    static Rounds sharing(
            RequesterConfig config, ContentLimits limits, ShareOptions sharing, UpdateView view, InstantSource clock)
            throws IOException {
        Rounds rounds = new Rounds(
                config,
                limits,
                Optional.of(Holdings.open(config, limits, clock)),
                holdings -> sharing.start(config, holdings),
                view);
        rounds.give();
        return rounds;
    }

    @Override
    public Fetcher.Mirrored mirror(Path folder, Fetcher.Choice choice, FetchWatch watch)
            throws IOException, InterruptedException {
        give();
        try (Fetcher fetcher =
                holdings.isPresent() ? Fetcher.open(config, holdings.get()) : Fetcher.open(config, limits)) {
            return fetcher.mirror(folder, choice, watch);
        }
    }

    private void give() {
        if (giving != null) {
            giving.expire();
        } else if (holdings.isPresent()) {
            try {
                giving = opening.open(holdings.get());
                view.giving(giving.node(), giving.address());
            } catch (IOException e) {
                // To be without it is no reason to be out of date.
                view.notGiving(String.valueOf(e.getMessage()));
            }
        }
    }

    @Override
    public void close() {
        if (giving != null) {
            giving.close();
        }
    }
}
