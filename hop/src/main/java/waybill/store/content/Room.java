package waybill.store.content;

import java.io.IOException;
import java.nio.file.FileStore;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.Sha256;
import waybill.store.StoreFullException;
import waybill.store.local.Disk;

/**
 * Keeps a cache within its limits: refuses what there can be no room for, and lets go of what is wanted least where that makes
 * room. Safe for use by several threads.
 */
final class Room {
    private static final Logger LOG = LoggerFactory.getLogger(Room.class);

    private final ContentLimits limits;
    private final Shelf shelf;
    private final InstantSource clock;
    private final Disk disk;
    private final FileStore filesystem;
    private final Consumer<Sha256> drop;

    /** @param drop lets go of one, unless it is worked on */
    Room(
            ContentLimits limits,
            Shelf shelf,
            InstantSource clock,
            Disk disk,
            FileStore filesystem,
            Consumer<Sha256> drop) {
        this.limits = limits;
        this.shelf = shelf;
        this.clock = clock;
        this.disk = disk;
        this.filesystem = filesystem;
        this.drop = drop;
    }

    /** @throws StoreFullException if the cache could not hold one of this size, whatever went */
    void couldHold(Sha256 key, long size) throws StoreFullException {
        if (!shelf.couldHold(size, limits.size(), key)) {
            throw new StoreFullException(StoreFullException.Limit.QUOTA);
        }
    }

    /**
     * Sees to it that so many bytes can be written and the floor stays free. Others may have filled the disk meanwhile, or it
     * is smaller than the cache may grow: then the cache gives way, or nothing new would come in until it is old.
     *
     * @param partialToo whether what is not whole may go as well
     * @throws StoreFullException if that is not to be had; nothing went if all that may go would not do
     */
    void onDisk(long bytes, boolean partialToo) throws IOException, StoreFullException {
        long lacking = lacking(bytes);
        if (lacking > 0) {
            List<Sha256> going = shelf.toFree(lacking, partialToo);
            LOG.info("{} bytes are lacking on this disk; {} contents go for them", lacking, going.size());
            going.forEach(drop);
            lacking = lacking(bytes);
        }
        if (lacking > 0) {
            throw new StoreFullException(StoreFullException.Limit.FREE_SPACE);
        }
    }

    private long lacking(long bytes) throws IOException {
        long wanted = bytes + limits.freeFloor();
        return (wanted < 0 ? Long.MAX_VALUE : wanted) - disk.usableSpace(filesystem);
    }

    /** Lets the least wanted go until so many bytes more fit, or nothing may go; what is partial only where that is said. */
    void makeRoom(long size, boolean partialToo) {
        long most = Math.max(0, limits.size() - size);
        Optional<Sha256> next = shelf.surplus(most, partialToo);
        while (next.isPresent()) {
            drop.accept(next.get());
            next = shelf.surplus(most, partialToo);
        }
    }

    /** Lets go of what nobody asked for as long as the age allows, and of what is whole and too much. */
    void expire() {
        shelf.unusedSince(clock.instant().minus(limits.age())).forEach(drop);
        makeRoom(0, false);
    }
}
