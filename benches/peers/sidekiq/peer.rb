# Sidekiq's part: `peer.rb enqueue|trickle JOBS BYTES`, `peer.rb version`; the worker is `sidekiq --require peer.rb`.

require "json"
require "logger"
require "sidekiq"

BATCH = 1_000

def now_us
  Process.clock_gettime(Process::CLOCK_MONOTONIC, :microsecond)
end

def load_of(size)
  "x" * (size - '{"at":0,"load":""}'.size)
end

class Bench
  include Sidekiq::Worker

  def perform(at, _load)
    File.write(ENV.fetch("PEERS_STARTS"), "#{now_us - at}\n", mode: "a") unless at.zero?
  end
end

# A line in the log for each start and each end would be most of the work.
Sidekiq.configure_server { |config| (config.respond_to?(:logger) ? config : Sidekiq).logger.level = Logger::WARN }

def enqueue(jobs, size)
  load = load_of(size)
  Sidekiq.redis(&:ping) # The connection belongs to the client's start, not to its work.
  start = now_us
  jobs.times.each_slice(BATCH) do |slice|
    Sidekiq::Client.push_bulk("class" => Bench, "args" => slice.map { [0, load] })
  end
  (now_us - start) / 1e6
end

def trickle(jobs, size)
  load = load_of(size)
  jobs.times do
    sleep(rand(0.020..0.030))
    Bench.perform_async(now_us, load)
  end
  nil
end

if $PROGRAM_NAME == __FILE__
  verb, jobs, size = ARGV
  case verb
  when "version" then puts "Sidekiq #{Sidekiq::VERSION}, Ruby #{RUBY_VERSION}"
  when "enqueue" then puts JSON.generate(seconds: enqueue(jobs.to_i, size.to_i))
  when "trickle" then puts JSON.generate(seconds: trickle(jobs.to_i, size.to_i))
  else abort "which verb?"
  end
end
