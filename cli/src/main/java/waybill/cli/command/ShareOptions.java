package waybill.cli.command;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import picocli.CommandLine.Option;
import waybill.cli.console.AddressConverter;
import waybill.requester.RequesterConfig;
import waybill.update.Holdings;
import waybill.update.share.Giving;

/** Where a machine that is no relay gives what it holds. */
final class ShareOptions {
    @Option(
            names = "--share-listen",
            paramLabel = "HOST:PORT",
            defaultValue = "0.0.0.0:0",
            converter = AddressConverter.class,
            description = "With --share: where others reach it; port 0 takes a free one (default: ${DEFAULT-VALUE}).")
    private InetSocketAddress listen = new InetSocketAddress(0);

    /** Begins to give. */
    Giving start(RequesterConfig config, Holdings holdings) throws IOException {
        return Giving.start(config, holdings, listen, InstantSource.system());
    }
}
