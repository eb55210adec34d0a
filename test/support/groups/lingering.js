/** A job worker whose first job leaves its context behind, for code that outlives it: the second job pauses with both. */

let left

export default {
  initialize(worker) {
    worker.handleJobs((data, job) => {
      if (data === 'second') return Promise.all([left.pause(), job.pause()]).then(() => 'passed')
      left = job
      return 'left'
    })
  },
}
